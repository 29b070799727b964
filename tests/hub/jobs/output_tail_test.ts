import assert from "node:assert/strict";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import { OutputTail } from "../../../lib/hub/jobs/job_writer.ts";
import { MAX_CHUNK, type StreamPiece } from "../../../lib/protocol/agent/streams.ts";

function out(text: string): StreamPiece {
  return { stream: "stdout", bytes: encodeUtf8(text) };
}

function err(text: string): StreamPiece {
  return { stream: "stderr", bytes: encodeUtf8(text) };
}

function texts(pieces: readonly StreamPiece[]): string[] {
  return pieces.map(({ bytes }) => new TextDecoder().decode(bytes));
}

Deno.test(
  "OutputTail keeps the beginning of each stream without a gap, and counts all",
  () => {
    const tail = new OutputTail(5);
    tail.add(out("abc"));
    tail.add(err("12345"));
    tail.add(out("defg"));
    tail.add(out("h"));
    tail.add(err("6"));
    assert.deepEqual(texts(tail.pieces), ["abc", "12345", "de"]);
    assert.deepEqual(tail.pieces.map(({ offset }) => offset), [0, 0, 3]);
    assert.deepEqual(tail.stats("stdout"), { total: 8, kept: 5 });
    assert.deepEqual(tail.stats("stderr"), { total: 6, kept: 5 });
    assert.equal(tail.received, 14);
  },
);

Deno.test("OutputTail goes on behind what an earlier process has written down", () => {
  const whole = new OutputTail(10, {
    stdout: { total: 3, kept: 3 },
    stderr: { total: 9, kept: 4 },
  });
  whole.add(out("d"));
  whole.add(err("x"));
  assert.deepEqual(texts(whole.pieces), ["d"], "behind a gap nothing is kept");
  assert.equal(whole.pieces[0]?.offset, 3);
  assert.equal(whole.received, 14);
});

Deno.test("OutputTail hands out each piece once, and keeps it until it is written", () => {
  const tail = new OutputTail(100);
  tail.add(out("a"));
  tail.add(err("b"));
  assert.deepEqual(texts(tail.take()), ["a", "b"]);
  assert.deepEqual([tail.cost, texts(tail.pieces)], [0, ["a", "b"]]);
  tail.add(err("c"));
  assert.ok(tail.cost > 0);
  assert.deepEqual(texts(tail.pieces), ["a", "b", "c"], "what was handed out stays as it is");
  assert.deepEqual(texts(tail.take()), ["c"]);
  tail.written(2);
  assert.deepEqual(texts(tail.pieces), ["c"]);
  tail.add(out("d"));
  assert.deepEqual(texts(tail.take()), ["d"]);
  tail.written(1);
  tail.written(1);
  assert.deepEqual([texts(tail.pieces), texts(tail.take())], [[], []]);
});

Deno.test("OutputTail makes large pieces of small ones, and counts what each costs", () => {
  const tail = new OutputTail(1_000_000);
  const [size, word] = [3 * MAX_CHUNK, encodeUtf8("x")];
  for (let at = 0; at < size; at++) tail.add({ stream: "stdout", bytes: word });
  assert.deepEqual(tail.pieces.map(({ offset, bytes }) => [offset, bytes.length]), [
    [0, MAX_CHUNK],
    [MAX_CHUNK, MAX_CHUNK],
    [2 * MAX_CHUNK, MAX_CHUNK],
  ]);
  assert.ok(tail.cost < 1.1 * size, `${tail.cost}`);
  tail.take();
  for (let round = 0; round < 1_000; round++) tail.add(round % 2 === 0 ? out("x") : err("x"));
  assert.ok(tail.cost > 100 * 1_000, `${tail.cost}`);
});
