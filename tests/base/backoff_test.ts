import assert from "node:assert/strict";
import fc from "fast-check";
import { fullJitter } from "../../lib/base/backoff.ts";

function always(value: number): () => number {
  return () => value;
}

Deno.test("fullJitter doubles its upper bound from try to try up to the maximum", () => {
  const half = { baseMs: 500, maxMs: 60_000, random: always(0.5) };
  const waits = [0, 1, 2, 3, 6, 7, 100].map((attempt) => fullJitter(attempt, half));
  assert.deepEqual(waits, [250, 500, 1_000, 2_000, 16_000, 30_000, 30_000]);
});

Deno.test("fullJitter may not wait at all", () => {
  assert.equal(fullJitter(9, { baseMs: 500, maxMs: 60_000, random: always(0) }), 0);
});

Deno.test("fullJitter stays within [0, maxMs) for every attempt", () => {
  const bounded = fc.property(
    fc.nat(5_000),
    fc.nat(10_000),
    fc.integer({ min: 1, max: 100_000 }),
    fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    (attempt, baseMs, maxMs, random) => {
      const wait = fullJitter(attempt, { baseMs, maxMs, random: always(random) });
      assert.ok(wait >= 0 && wait < maxMs, `${wait}`);
    },
  );
  fc.assert(bounded, { examples: [[1_024, 0, 1, 0.5]] });
});

Deno.test("fullJitter draws from Math.random by default", () => {
  const waits = Array.from({ length: 20 }, () => fullJitter(3, { baseMs: 100, maxMs: 10_000 }));
  assert.ok(waits.every((wait) => wait >= 0 && wait < 800));
  assert.ok(new Set(waits).size > 1);
});
