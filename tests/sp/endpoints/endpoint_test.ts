import assert from "node:assert/strict";
import { mock } from "node:test";
import { closePipes, type EndpointEvent, openPipe } from "../../../lib/sp/endpoints/endpoint.ts";
import { encodeFrame, MAX_PAYLOAD } from "../../../lib/sp/wire/framing.ts";
import { inproc, streamPair } from "../../../lib/sp/transports/inproc.ts";
import { Pub } from "../../../lib/sp/patterns/pubsub.ts";
import { RawSurveyor } from "../../../lib/sp/patterns/surveyor.ts";
import { Sub } from "../../../lib/sp/patterns/pubsub.ts";
import { connectRawPeer } from "../../support/sp/raw_pattern_peer.ts";
import { hex, RawPeer } from "../../support/sp/raw_peer.ts";
import { settle } from "../../support/virtual_clock.ts";

const pure = { timeout: 5_000 } as const;

Deno.test(
  "openPipe hands the pipe to the pattern of its role, then tells of it",
  pure,
  async () => {
    const [stream, far] = streamPair("inproc://test");
    const peer = new RawPeer(far);
    const pub = new Pub();
    const sub = new Sub();
    const told: string[] = [];
    const onEvent = (event: EndpointEvent) => told.push(`${event.kind} ${pub.pipes.size}`);
    const options = { patterns: [sub, pub], transports: [], onEvent };
    const pipe = openPipe({ stream, role: "pub", rest: hex("") }, inproc(), options);
    assert.equal(sub.pipes.size, 0);
    assert.deepEqual([...pub.pipes], [pipe]);
    peer.end();
    await pipe.ended;
    await settle();
    assert.deepEqual(told, ["attached 1", "detached 0"]);
  },
);

Deno.test(
  "openPipe takes 1 MiB from a peer and keeps 8 MiB for it, unless told",
  pure,
  async () => {
    const rows = [
      [{}, MAX_PAYLOAD, 8 * 1_048_576],
      [{ maxReceive: 100, maxQueued: 200 }, 100, 200],
    ] as const;
    for (const [limits, maxReceive, maxQueued] of rows) {
      const [stream, far] = streamPair("inproc://test");
      await using peer = new RawPeer(far);
      const pub = new RawSurveyor({ answer() {} });
      const options = { patterns: [pub], transports: [], ...limits };
      const pipe = openPipe({ stream, role: "surveyor", rest: hex("") }, inproc(), options);
      peer.stopReading();
      while (pipe.send(new Uint8Array(maxQueued / 8)));
      assert.ok(pipe.queued > maxQueued && pipe.queued < maxQueued * 1.5, `${pipe.queued}`);
      peer.send(encodeFrame("tcp", new Uint8Array(maxReceive)));
      await peer.stream.flushed();
      assert.equal(pipe.isOpen, true);
      peer.send(encodeFrame("tcp", new Uint8Array(maxReceive + 1)));
      assert.equal((await pipe.ended).kind, "failed");
    }
  },
);

Deno.test("closePipes closes all at once, not one after another", pure, async () => {
  const pub = new Pub();
  await using first = await connectRawPeer(pub);
  await using second = await connectRawPeer(pub);
  first.peer.stopReading();
  second.peer.stopReading();
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const closing = closePipes(pub.pipes, 100);
    mock.timers.tick(100);
    await closing;
  } finally {
    mock.timers.reset();
  }
  assert.equal(pub.pipes.size, 0);
});
