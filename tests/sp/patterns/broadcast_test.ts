import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { broadcast } from "../../../lib/sp/patterns/broadcast.ts";
import type { Framing } from "../../../lib/sp/wire/framing.ts";
import { streamPair } from "../../../lib/sp/transports/inproc.ts";
import { Pipe } from "../../../lib/sp/wire/pipe.ts";
import { hex } from "../../support/sp/raw_peer.ts";

const pure = { timeout: 5_000 } as const;

Deno.test("broadcast sends one message to every pipe in its own framing", pure, () => {
  const ends = [recordingPipe("tcp"), recordingPipe("ipc"), recordingPipe("tcp")];
  assert.equal(broadcast(ends.map(({ pipe }) => pipe), hex("68"), hex("69")), 3);
  const tcpFrame = hex("00 00 00 00 00 00 00 02 68 69");
  const ipcFrame = hex("01 00 00 00 00 00 00 00 02 68 69");
  assert.deepEqual(
    ends.map(({ written }) => written.map((bytes) => new Uint8Array(bytes))),
    [[tcpFrame], [ipcFrame], [tcpFrame]],
  );
});

Deno.test("broadcast makes one Buffer for all pipes of a framing", pure, () => {
  const ends = [recordingPipe("tcp"), recordingPipe("tcp")];
  broadcast(ends.map(({ pipe }) => pipe), hex("68 69"));
  const [first, second] = ends.map(({ written }) => written[0]);
  assert.ok(first instanceof Buffer);
  assert.equal(first, second);
});

Deno.test(
  "broadcast counts neither a closed pipe nor one whose peer reads too slowly",
  pure,
  async () => {
    const [good, slow, closed] = [
      recordingPipe("tcp"),
      recordingPipe("tcp", 100_000),
      recordingPipe("tcp"),
    ];
    await closed.pipe.close();
    assert.equal(broadcast([slow.pipe, closed.pipe, good.pipe], hex("68 69")), 1);
    assert.deepEqual([good, slow, closed].map(({ written }) => written.length), [1, 0, 0]);
  },
);

/** A pipe whose stream keeps what is written to it, and says that `queued` bytes wait. */
function recordingPipe(framing: Framing, queued = 0): { pipe: Pipe; written: Uint8Array[] } {
  const [stream] = streamPair("inproc://test");
  const written: Uint8Array[] = [];
  stream.write = (bytes) => void written.push(bytes);
  Object.defineProperty(stream, "queued", { value: queued });
  const greeted = { stream, role: "pub" as const, rest: new Uint8Array() };
  return { pipe: new Pipe(greeted, { framing, maxReceive: 1_000, maxQueued: 1_000 }), written };
}
