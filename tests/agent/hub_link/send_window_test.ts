import assert from "node:assert/strict";
import fc from "fast-check";
import { SendWindow, splitOutput } from "../../../lib/agent/hub_link/send_window.ts";
import {
  MAX_CHUNK,
  OUTPUT_WINDOW,
  OUTPUT_WINDOW_RUNS,
  type OutputMessage,
} from "../../../lib/protocol/agent/streams.ts";
import { concat, encodeUtf8 } from "../../../lib/base/bytes.ts";

const NEVER = new AbortController().signal;

function bytes(length: number, value = 0): Uint8Array {
  return new Uint8Array(length).fill(value);
}

/** Joins the bytes of a stream in the order of their offsets, which must have no gap. */
function joined(chunks: readonly OutputMessage[], from: number): Uint8Array {
  let offset = from;
  for (const chunk of chunks) {
    assert.equal(chunk.offset, offset);
    assert.equal(chunk.bytes.length >= 1 && chunk.bytes.length <= MAX_CHUNK, true);
    offset += chunk.bytes.length;
  }
  return concat(chunks.map((chunk) => chunk.bytes));
}

Deno.test("SendWindow counts offsets over both streams", () => {
  const window = new SendWindow("id");
  const chunks = [
    window.add("stdout", encodeUtf8("abc")),
    window.add("stderr", encodeUtf8("de")),
    window.add("stdout", encodeUtf8("f")),
  ];
  assert.deepEqual(chunks, [
    { kind: "output", id: "id", stream: "stdout", offset: 0, bytes: encodeUtf8("abc") },
    { kind: "output", id: "id", stream: "stderr", offset: 3, bytes: encodeUtf8("de") },
    { kind: "output", id: "id", stream: "stdout", offset: 5, bytes: encodeUtf8("f") },
  ]);
  assert.deepEqual(window.uncredited(), chunks);
  assert.equal(window.pending, 6);
});

Deno.test("SendWindow sends again from where the hub is, in the middle of a chunk too", () => {
  const window = new SendWindow("id");
  window.add("stdout", encodeUtf8("abc"));
  window.add("stderr", encodeUtf8("de"));
  window.credit(1);
  assert.deepEqual(window.uncredited().map(({ offset, bytes }) => [offset, bytes]), [
    [1, encodeUtf8("bc")],
    [3, encodeUtf8("de")],
  ]);
  window.credit(3);
  assert.deepEqual(window.uncredited().map(({ offset }) => offset), [3]);
  window.credit(5);
  assert.deepEqual(window.uncredited(), []);
  assert.equal(window.pending, 0);
});

Deno.test("SendWindow goes on where a hub is that has output of an earlier process", () => {
  const window = new SendWindow("id", { resumed: true });
  window.credit(4);
  window.add("stdout", encodeUtf8("abc"));
  assert.deepEqual([window.pending, window.uncredited()], [0, []]);
  window.add("stderr", encodeUtf8("de"));
  assert.deepEqual(window.uncredited().map(({ offset, bytes }) => [offset, bytes]), [
    [4, encodeUtf8("e")],
  ]);
});

Deno.test("SendWindow does not believe what cannot be", () => {
  const window = new SendWindow("id");
  window.add("stdout", encodeUtf8("abcdef"));
  window.credit(4);
  for (
    const received of [-1, 0, 3, 4, 7, 1e15, Number.MAX_SAFE_INTEGER, NaN, Infinity, -Infinity]
  ) {
    window.credit(received);
    assert.equal(window.pending, 2, String(received));
    assert.deepEqual(window.uncredited().map(({ offset }) => offset), [4]);
  }
});

Deno.test("SendWindow gives back whatever was put in", () => {
  const part = fc.tuple(
    fc.constantFrom<OutputMessage["stream"]>("stdout", "stderr"),
    fc.uint8Array({ minLength: 1, maxLength: 50 }),
  );
  fc.assert(fc.property(fc.array(part, { maxLength: 40 }), fc.nat(), (parts, seed) => {
    const window = new SendWindow("id");
    const sent = parts.map(([stream, data]) => window.add(stream, data.slice()));
    const all = concat(parts.map(([, data]) => data));
    assert.deepEqual(joined(sent, 0), all);
    const taken = seed % (all.length + 1);
    window.credit(taken);
    assert.deepEqual(joined(window.uncredited(), taken), all.subarray(taken));
    assert.equal(window.pending, all.length - taken);
    for (const stream of ["stdout", "stderr"] as const) {
      const streamOf = (chunks: readonly OutputMessage[]) =>
        concat(chunks.filter((chunk) => chunk.stream === stream).map((chunk) => chunk.bytes));
      const [whole, rest] = [streamOf(sent), streamOf(window.uncredited())];
      assert.deepEqual(rest, whole.subarray(whole.length - rest.length));
    }
  }));
});

Deno.test("SendWindow keeps what a command prints byte by byte in few pieces", () => {
  const window = new SendWindow("id");
  for (let at = 0; at < 3 * MAX_CHUNK; at++) window.add("stdout", bytes(1, at % 251));
  assert.equal(window.uncredited().length, 3);
  assert.equal(joined(window.uncredited(), 0).every((byte, at) => byte === at % 251), true);
});

Deno.test("SendWindow does not write into the bytes that it was given", () => {
  const shared = encodeUtf8("abcdef");
  const window = new SendWindow("id");
  window.add("stdout", shared.subarray(0, 2));
  window.add("stdout", encodeUtf8("XY"));
  assert.deepEqual(shared, encodeUtf8("abcdef"));
});

Deno.test("SendWindow has room until the hub is a window behind", async () => {
  const window = new SendWindow("id");
  for (let sent = 0; sent < OUTPUT_WINDOW; sent += MAX_CHUNK) {
    assert.equal(await window.waitForRoom(NEVER), true);
    window.add("stdout", bytes(MAX_CHUNK));
  }
  let waiting = true;
  const room = window.waitForRoom(NEVER).finally(() => waiting = false);
  for (let round = 0; round < 20; round++) await Promise.resolve();
  assert.equal(waiting, true);
  window.credit(1);
  assert.equal(await room, true);
});

Deno.test("SendWindow makes nobody wait who was called off, and has room for last words", async () => {
  const window = new SendWindow("id");
  const abort = new AbortController();
  for (let sent = 0; sent < OUTPUT_WINDOW; sent += MAX_CHUNK) {
    window.add("stdout", bytes(MAX_CHUNK));
  }
  const room = window.waitForRoom(abort.signal);
  abort.abort();
  assert.equal(await room, true);
  let words = 0;
  while (await window.waitForRoom(abort.signal)) {
    window.add("stdout", bytes(MAX_CHUNK));
    words += MAX_CHUNK;
  }
  assert.equal(words, 4_194_304);
  assert.equal(window.discard(), OUTPUT_WINDOW + words);
  assert.deepEqual([window.pending, window.uncredited()], [0, []]);
  assert.equal(await window.waitForRoom(abort.signal), true);
});

Deno.test("splitOutput cuts output into chunks", () => {
  const lengths = (length: number) => [...splitOutput(bytes(length))].map((piece) => piece.length);
  assert.deepEqual(lengths(0), []);
  assert.deepEqual(lengths(1), [1]);
  assert.deepEqual(lengths(MAX_CHUNK), [MAX_CHUNK]);
  assert.deepEqual(lengths(2 * MAX_CHUNK + 1), [MAX_CHUNK, MAX_CHUNK, 1]);
});

Deno.test("SendWindow waits when its streams alternate too often, and less at the end", async () => {
  const window = new SendWindow("id");
  const alternate = (times: number) => {
    for (let round = 0; round < times; round++) {
      window.add(round % 2 === 0 ? "stdout" : "stderr", bytes(1));
    }
  };
  alternate(OUTPUT_WINDOW_RUNS - 1);
  assert.equal(await window.waitForRoom(NEVER), true);
  window.add("stderr", bytes(1));
  let hasRoom = false;
  const room = window.waitForRoom(NEVER).then(() => hasRoom = true);
  await Promise.resolve();
  assert.equal(hasRoom, false);
  assert.equal(await window.waitForRoom(AbortSignal.abort()), true);
  alternate(OUTPUT_WINDOW_RUNS);
  assert.equal(await window.waitForRoom(AbortSignal.abort()), false);
  window.credit(2 * OUTPUT_WINDOW_RUNS);
  await room;
});
