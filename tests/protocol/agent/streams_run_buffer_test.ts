import assert from "node:assert/strict";
import fc from "fast-check";
import { concat } from "../../../lib/base/bytes.ts";
import { MAX_CHUNK, type PositionedPiece, RunBuffer } from "../../../lib/protocol/agent/streams.ts";

function stdout(offset: number, length: number): PositionedPiece {
  return { stream: "stdout", offset, bytes: new Uint8Array(length).fill(1) };
}

Deno.test("RunBuffer joins pieces of one stream up to the length of a chunk", () => {
  const buffer = new RunBuffer();
  for (const piece of [stdout(0, 1), stdout(1, MAX_CHUNK - 1), stdout(MAX_CHUNK, 1)]) {
    buffer.add(piece);
  }
  assert.deepEqual(buffer.runs.map(({ offset, bytes }) => [offset, bytes.length]), [
    [0, MAX_CHUNK],
    [MAX_CHUNK, 1],
  ]);
});

Deno.test("RunBuffer joins nothing to a run from before it was sealed", () => {
  const buffer = new RunBuffer();
  buffer.add(stdout(0, 1));
  buffer.seal();
  assert.equal(buffer.joins(stdout(1, 1)), false);
  buffer.add(stdout(1, 1));
  assert.equal(buffer.joins(stdout(2, 1)), true);
  buffer.add(stdout(2, 1));
  assert.deepEqual(buffer.runs.map(({ bytes }) => bytes.length), [1, 2]);
});

Deno.test("RunBuffer keeps the other fields of the first piece of a run", () => {
  const buffer = new RunBuffer<PositionedPiece & { readonly id: string }>();
  buffer.add({ ...stdout(7, 1), id: "a" });
  buffer.add({ ...stdout(8, 1), id: "b" });
  assert.deepEqual(buffer.shift(), { ...stdout(7, 2), id: "a" });
  assert.equal(buffer.shift(), undefined);
});

const step = fc.oneof(
  fc.record({
    kind: fc.constant("add" as const),
    stream: fc.constantFrom("stdout" as const, "stderr" as const),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 4 }),
  }),
  fc.record({ kind: fc.constantFrom("seal" as const, "shift" as const, "drop" as const) }),
);

Deno.test("RunBuffer loses no byte and keeps the order, whatever is added and removed", () =>
  fc.assert(fc.property(fc.array(step), (steps) => {
    const buffer = new RunBuffer();
    let expected: Uint8Array = new Uint8Array();
    let offset = 0;
    for (const each of steps) {
      if (each.kind === "add") {
        const joins = buffer.joins(each);
        const before = buffer.length;
        buffer.add({ stream: each.stream, offset, bytes: each.bytes.slice() });
        assert.equal(buffer.length, before + (joins ? 0 : 1));
        offset += each.bytes.length;
        expected = concat([expected, each.bytes]);
      } else if (each.kind === "seal") buffer.seal();
      else expected = expected.subarray(removeOldest(buffer, each.kind));
      assert.deepEqual(concat(buffer.runs.map(({ bytes }) => bytes)), concat([expected]));
      for (const [index, run] of buffer.runs.entries()) {
        const next = buffer.runs[index + 1];
        if (next) assert.equal(next.offset, run.offset + run.bytes.length);
      }
    }
  })));

/** Removes the oldest run, if there is one, in one of two ways; returns how many bytes it had. */
function removeOldest(buffer: RunBuffer, how: "shift" | "drop"): number {
  const length = buffer.runs[0]?.bytes.length ?? 0;
  if (how === "shift") assert.equal(buffer.shift()?.bytes.length ?? 0, length);
  else buffer.drop(1);
  return length;
}
