import assert from "node:assert/strict";
import fc from "fast-check";
import { formatDuration, MAX_DURATION_MS, parseDuration } from "../../../lib/cli/render/units.ts";

Deno.test("parseDuration reads what people write", () => {
  const rows: readonly (readonly [string, number])[] = [
    ["90", 90_000],
    ["90s", 90_000],
    ["5m", 300_000],
    ["2h", 7_200_000],
    ["1d", 86_400_000],
    ["250ms", 250],
    ["0.5", 500],
    ["1.5h", 5_400_000],
    ["007", 7_000],
    ["365d", MAX_DURATION_MS],
  ];
  for (const [text, ms] of rows) assert.equal(parseDuration(text), ms, text);
});

Deno.test("parseDuration refuses what is no duration", () => {
  const texts = ["", " ", "s", "-1", "+1", "1 s", "1S", "1w", "1h30m", "1e3", "0x10", "1.", ".5"];
  for (const text of [...texts, "1.2345", "Infinity", "NaN", "٣", "1\n", "9".repeat(16)]) {
    assert.throws(() => parseDuration(text), SyntaxError, text);
  }
});

Deno.test("parseDuration refuses nothing and too much", () => {
  for (const text of ["0", "0s", "0.0h", "366d", "999999999999999"]) {
    assert.throws(() => parseDuration(text), RangeError, text);
  }
  assert.throws(() => parseDuration("3s", 2_000), /longer than the maximum, 2s$/);
  assert.equal(parseDuration("2s", 2_000), 2_000);
});

Deno.test("formatDuration writes what parseDuration reads", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: MAX_DURATION_MS }), (ms) => {
    assert.equal(parseDuration(formatDuration(ms)), ms);
  }));
  assert.deepEqual([1, 1_000, 90_000, 7_200_000, 172_800_000].map(formatDuration), [
    "1ms",
    "1s",
    "90s",
    "2h",
    "2d",
  ]);
});
