import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { splitSurveyMessage } from "../../../lib/sp/patterns/survey_header.ts";
import { streamPair } from "../../../lib/sp/transports/inproc.ts";
import { Pipe } from "../../../lib/sp/wire/pipe.ts";
import { BroadcastMessage } from "../../../lib/sp/patterns/broadcast.ts";
import { hex } from "../../support/sp/raw_peer.ts";

Deno.test("BroadcastMessage is framed once, whenever it is sent", async () => {
  const message = new BroadcastMessage(hex("68"), hex("69"));
  const [first, second] = [recordingPipe(), recordingPipe()];
  assert.ok(message.sendTo(first.pipe));
  await Promise.resolve();
  assert.ok(message.sendTo(second.pipe));
  const [frame] = first.written;
  assert.ok(frame instanceof Buffer);
  assert.equal(frame, second.written[0]);
  assert.deepEqual(new Uint8Array(frame), hex("00 00 00 00 00 00 00 02 68 69"));
});

Deno.test("BroadcastMessage.survey has the id in front", () => {
  const { pipe, written } = recordingPipe();
  BroadcastMessage.survey(7, hex("68 69")).sendTo(pipe);
  const stacked = splitSurveyMessage(new Uint8Array(written[0] ?? []).subarray(8));
  assert.deepEqual(stacked, { header: hex("80 00 00 07"), body: hex("68 69") });
});

Deno.test("BroadcastMessage is not sent where it cannot be", async () => {
  const { pipe, written } = recordingPipe();
  await pipe.close();
  assert.equal(new BroadcastMessage(hex("68")).sendTo(pipe), false);
  assert.deepEqual(written, []);
});

/** A pipe whose stream keeps what is written to it. */
function recordingPipe(): { pipe: Pipe; written: Uint8Array[] } {
  const [stream] = streamPair("inproc://test");
  const written: Uint8Array[] = [];
  stream.write = (bytes) => void written.push(bytes);
  const greeted = { stream, role: "surveyor" as const, rest: new Uint8Array() };
  const options = { framing: "tcp", maxReceive: 1_000, maxQueued: 1_000 } as const;
  return { pipe: new Pipe(greeted, options), written };
}
