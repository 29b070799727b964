import assert from "node:assert/strict";
import fc from "fast-check";
import { SlowestReader } from "../../../lib/hub/input/input_feed.ts";

Deno.test("Slowest knows the least place of all readers, whatever they do", () => {
  const anyStep = fc.tuple(fc.nat(4), fc.constantFrom("enter", "move", "leave"), fc.nat(9));
  fc.assert(fc.property(fc.array(anyStep, { maxLength: 60 }), (steps) => {
    const slowest = new SlowestReader();
    const offsets = new Map<number, number>();
    for (const [reader, step, offset] of steps) {
      const before = offsets.get(reader);
      if (step === "enter" && before === undefined) {
        slowest.add(offset);
        offsets.set(reader, offset);
      } else if (step === "move" && before !== undefined) {
        slowest.move(before, offset);
        offsets.set(reader, offset);
      } else if (step === "leave" && before !== undefined) {
        slowest.remove(before);
        offsets.delete(reader);
      }
      assert.equal(slowest.offset, Math.min(...offsets.values()));
    }
  }));
});
