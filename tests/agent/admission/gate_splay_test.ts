import assert from "node:assert/strict";
import fc from "fast-check";
import { splayDelay } from "../../../lib/agent/admission/gate.ts";
import { newRequestId } from "../../../lib/envelope/statements/body_fields.ts";

Deno.test("splayDelay is the same every time, and within bounds", () => {
  const anything = fc.record({
    id: fc.string(),
    node: fc.string(),
    splayMs: fc.integer({ min: 1, max: 3_600_000 }),
  });
  fc.assert(fc.property(anything, (asked) => {
    const delay = splayDelay(asked);
    assert.ok(Number.isInteger(delay) && delay >= 0 && delay <= asked.splayMs);
    assert.equal(splayDelay({ ...asked }), delay);
  }));
});

Deno.test("splayDelay spreads hosts evenly, anew with every request", () => {
  const delays = (id: string) =>
    Array.from(
      { length: 1_000 },
      (_, index) => splayDelay({ id, node: `web${index}`, splayMs: 99 }),
    );
  const [first, second] = [delays(newRequestId()), delays(newRequestId())];
  assert.notDeepEqual(first, second);
  for (const tenth of Array.from({ length: 10 }, (_, index) => index)) {
    const count = first.filter((delay) => Math.floor(delay / 10) === tenth).length;
    // 100 are expected; a deviation of ten standard deviations is an error.
    assert.ok(count > 5 && count < 195, `${count} of 1,000 hosts in tenth ${tenth}`);
  }
});
