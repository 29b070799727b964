import assert from "node:assert/strict";
import { mock } from "node:test";
import fc from "fast-check";
import { concat } from "../../../lib/base/bytes.ts";
import { FrameError } from "../../../lib/sp/wire/errors.ts";
import { encodeFrame, MAX_PAYLOAD } from "../../../lib/sp/wire/framing.ts";
import { streamPair } from "../../../lib/sp/transports/inproc.ts";
import { Pipe, type PipeEnd, type PipeOptions, type PipeSink } from "../../../lib/sp/wire/pipe.ts";
import type { ByteStream } from "../../../lib/sp/wire/transport.ts";
import { hex, RawPeer } from "../../support/sp/raw_peer.ts";
import { settle } from "../../support/virtual_clock.ts";

const pure = { timeout: 5_000 } as const;

/** The parts of each write to a stream whose method `write` is watched. */
function writesOf({ mock: { calls } }: { mock: { calls: { arguments: unknown[] }[] } }) {
  return calls.map((call) => call.arguments as Uint8Array[]);
}

Deno.test("Pipe.send frames the parts of a message", pure, async () => {
  for (const framing of ["tcp", "ipc"] as const) {
    await using end = openPipe({ framing });
    assert.equal(end.pipe.framing, framing);
    assert.equal(end.pipe.send(hex("68"), hex("69")), true);
    const frame = encodeFrame(framing, hex("68 69"));
    assert.deepEqual(await end.peer.read(frame.length), frame);
  }
});

Deno.test(
  "Pipe.send keeps the order of small and large messages up to the close",
  pure,
  async () => {
    const sizes = fc.array(fc.constantFrom(0, 1, 100, 30_000, 65_530, 70_000), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(12), async (lengths, nextTurnAt) => {
        await using end = openPipe();
        const sent = lengths.map((length, index) => new Uint8Array(length).fill(index));
        for (const [index, body] of sent.entries()) {
          if (index === nextTurnAt) await Promise.resolve();
          assert.equal(end.pipe.send(body), true);
        }
        await end.pipe.close(1_000);
        const frames = sent.map((body) => encodeFrame("tcp", body));
        assert.deepEqual(await end.peer.readToEnd(), concat(frames));
      }),
      { numRuns: 50 },
    );
  },
);

Deno.test(
  "Pipe.send writes the first message of a turn at once and the rest together",
  pure,
  async () => {
    await using end = openPipe();
    const write = mock.method(end.stream, "write");
    const lengths = () => writesOf(write).map((parts) => concat(parts).length);
    for (let count = 0; count < 100; count++) end.pipe.send(new Uint8Array(12));
    assert.deepEqual(lengths(), [20]);
    assert.equal(end.pipe.queued, 2_000);
    await Promise.resolve();
    assert.deepEqual(lengths(), [20, 99 * 20]);
  },
);

Deno.test("Pipe.send does not copy long messages, and keeps them in order", pure, async () => {
  await using end = openPipe();
  const write = mock.method(end.stream, "write");
  const bodies = [12, 20_000, 12, 20_000].map((length, index) =>
    new Uint8Array(length).fill(index)
  );
  for (const body of bodies) end.pipe.send(new Uint8Array(4), body);
  await end.pipe.flushed();
  assert.ok(writesOf(write).flat().includes(bodies[1] ?? assert.fail()));
  const frames = bodies.map((body) => encodeFrame("tcp", new Uint8Array(4), body));
  assert.deepEqual(await end.peer.read(concat(frames).length), concat(frames));
});

Deno.test("Pipe.send collects no more than 64 KiB", pure, async () => {
  await using end = openPipe();
  const write = mock.method(end.stream, "write");
  for (let count = 0; count < 200; count++) end.pipe.send(new Uint8Array(992));
  assert.ok(write.mock.callCount() > 2);
  await end.pipe.flushed();
  assert.ok(writesOf(write).every((parts) => concat(parts).length < 70_000));
  assert.equal((await end.peer.read(200_000)).length, 200_000);
});

Deno.test("Pipe.send refuses while the peer reads too slowly", pure, async () => {
  await using end = openPipe({ maxQueued: 1_000 });
  end.peer.stopReading();
  let sent = 0;
  while (end.pipe.send(new Uint8Array(92))) sent++;
  assert.equal(sent, 11); // 10 make 1000 bytes; the last may come on top
  assert.equal(end.pipe.queued, 1_100);
  end.peer.readOn();
  await end.pipe.flushed();
  assert.equal(end.pipe.send(hex("01")), true);
});

Deno.test("Pipe refuses to send what a nanomsg peer would choke on", pure, async () => {
  await using end = openPipe();
  assert.throws(() => end.pipe.send(new Uint8Array(MAX_PAYLOAD), new Uint8Array(1)), RangeError);
  assert.throws(() => end.pipe.sendFrame(new Uint8Array(MAX_PAYLOAD + 9)), RangeError);
  assert.equal(end.pipe.isOpen, true);
});

Deno.test("Pipe hands on messages in order, also those behind the header", pure, async () => {
  const [near, far] = streamPair("inproc://test");
  const rest = concat([encodeFrame("tcp", hex("01")), encodeFrame("tcp").subarray(0, 3)]);
  const end = openPipeOn(near, far, {}, rest);
  await using _ = end;
  end.peer.send(encodeFrame("tcp").subarray(3), encodeFrame("tcp", hex("02")));
  await end.received(3);
  assert.deepEqual(end.messages, [hex("01"), hex(""), hex("02")]);
});

Deno.test("Pipe.pause in a sink stops the very next message", pure, async () => {
  await using end = openPipe({}, { message: () => end.pipe.pause() });
  end.peer.send(concat(Array.from({ length: 5 }, (_, n) => encodeFrame("tcp", Uint8Array.of(n)))));
  for (let count = 1; count <= 5; count++) {
    await end.received(count);
    await settle();
    assert.equal(end.messages.length, count);
    end.pipe.resume();
  }
  assert.deepEqual(end.messages.map(([n]) => n), [0, 1, 2, 3, 4]);
});

Deno.test("Pipe.close in a sink stops the very next message", pure, async () => {
  await using end = openPipe({}, { message: () => void end.pipe.close() });
  end.peer.send(concat([encodeFrame("tcp", hex("01")), encodeFrame("tcp", hex("02"))]));
  assert.deepEqual(await end.pipe.ended, { kind: "closed" });
  assert.deepEqual(end.messages, [hex("01")]);
});

Deno.test("Pipe fails alone when its sink throws", pure, async () => {
  const error = new Error("a bug");
  await using end = openPipe({}, {
    message() {
      throw error;
    },
  });
  end.peer.send(encodeFrame("tcp", hex("01")));
  assert.deepEqual(await end.pipe.ended, { kind: "failed", error });
  await end.peer.readToEnd();
});

Deno.test("Pipe fails on bytes that are no frame within the limit", pure, async () => {
  const rows = ["00 00 00 00 00 00 00 0b", "ff ff ff ff ff ff ff ff", "47 45 54 20 2f 20 48 54"];
  for (const bytes of rows) {
    await using end = openPipe({ maxReceive: 10 });
    end.peer.send(encodeFrame("tcp", hex("01")), bytes);
    const { kind, error } = await end.pipe.ended as PipeEnd & { error?: Error };
    assert.equal(kind, "failed");
    assert.ok(error instanceof FrameError);
    assert.deepEqual(end.messages, [hex("01")]);
    await end.peer.readToEnd();
  }
});

Deno.test(
  "Pipe ends when the peer hangs up between messages, and fails within one",
  pure,
  async () => {
    const rows: readonly (readonly [string, PipeEnd["kind"]])[] = [
      ["", "ended"],
      ["00 00 00 00 00 00 00 01 61", "ended"],
      ["00 00 00", "failed"],
      ["00 00 00 00 00 00 00 02", "failed"],
      ["00 00 00 00 00 00 00 02 61", "failed"],
    ];
    for (const [bytes, kind] of rows) {
      await using end = openPipe();
      end.peer.send(bytes);
      end.peer.end();
      assert.equal((await end.pipe.ended).kind, kind, bytes);
      assert.equal(end.pipe.isOpen, false);
      assert.equal(end.messages.length, bytes.endsWith("01 61") ? 1 : 0, bytes);
    }
  },
);

Deno.test("Pipe.close lets what was sent leave, then tells that it is closed", pure, async () => {
  await using end = openPipe();
  for (let count = 0; count < 10; count++) end.pipe.send(new Uint8Array(12));
  await end.pipe.close(1_000);
  assert.equal((await end.peer.readToEnd()).length, 200);
  assert.deepEqual(await end.pipe.ended, { kind: "closed" });
  assert.deepEqual(end.detached, [{ kind: "closed" }]);
});

Deno.test(
  "Pipe.close waits no longer than its time for a peer that never reads",
  pure,
  async () => {
    await using end = openPipe();
    end.peer.stopReading();
    end.pipe.send(new Uint8Array(100_000));
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      const closing = end.pipe.close(1_000);
      mock.timers.tick(999);
      await settle();
      assert.deepEqual(end.detached, []);
      mock.timers.tick(1);
      await closing;
      assert.deepEqual(end.detached, [{ kind: "closed" }]);
    } finally {
      mock.timers.reset();
    }
  },
);

Deno.test("Pipe.close throws away what still comes", pure, async () => {
  await using end = openPipe();
  end.peer.stopReading();
  const closing = end.pipe.close(1_000);
  end.peer.send(encodeFrame("tcp", hex("01")), "00 01");
  end.peer.readOn();
  await closing;
  assert.deepEqual(end.messages, []);
  assert.deepEqual(await end.pipe.ended, { kind: "closed" });
});

Deno.test("Pipe that is over sends nothing and can be closed again", pure, async () => {
  await using end = openPipe();
  const closing = end.pipe.close(1_000);
  assert.equal(end.pipe.isOpen, false);
  assert.equal(end.pipe.send(hex("01")), false);
  await Promise.all([closing, end.pipe.close()]);
  await end.pipe.close();
  assert.equal(end.pipe.send(hex("01")), false);
  end.pipe.resume();
  await end.pipe.flushed();
  assert.equal((await end.peer.readToEnd()).length, 0);
  assert.equal(end.detached.length, 1);
});

Deno.test("Pipe.flushed waits for the batch of this turn as well", pure, async () => {
  await using end = openPipe();
  end.pipe.send(hex("01"));
  end.pipe.send(hex("02"));
  await end.pipe.flushed();
  assert.equal(end.pipe.queued, 0);
  assert.equal(end.peer.unread, 18);
});

interface OpenPipe extends AsyncDisposable {
  readonly pipe: Pipe;
  readonly stream: ByteStream;
  /** The other end. */
  readonly peer: RawPeer;
  readonly messages: Uint8Array[];
  readonly detached: PipeEnd[];
  /** Resolves when so many messages have come. */
  received(count: number): Promise<void>;
}

function openPipe(options: Partial<PipeOptions> = {}, sink: Partial<PipeSink> = {}): OpenPipe {
  const [near, far] = streamPair("inproc://test");
  return openPipeOn(near, far, options, hex(""), sink);
}

function openPipeOn(
  stream: ByteStream,
  far: ByteStream,
  options: Partial<PipeOptions>,
  rest: Uint8Array,
  sink: Partial<PipeSink> = {},
): OpenPipe {
  const peer = new RawPeer(far);
  const settings = { framing: "tcp", maxReceive: 100_000, maxQueued: 10_000_000 } as const;
  const pipe = new Pipe({ stream, role: "pub", rest }, { ...settings, ...options });
  const messages: Uint8Array[] = [];
  const detached: PipeEnd[] = [];
  let arrival = Promise.withResolvers<void>();
  pipe.start({
    message(from, payload) {
      messages.push(payload);
      arrival.resolve();
      arrival = Promise.withResolvers<void>();
      sink.message?.(from, payload);
    },
    detached: (_pipe, end) => detached.push(end),
  });
  return { pipe, stream, peer, messages, detached, received, [Symbol.asyncDispose]: dispose };

  async function received(count: number): Promise<void> {
    while (messages.length < count) await arrival.promise;
  }

  async function dispose(): Promise<void> {
    await Promise.all([pipe.close(), peer[Symbol.asyncDispose]()]);
  }
}
