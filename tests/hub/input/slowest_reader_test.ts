import assert from "node:assert/strict";
import fc from "fast-check";
import { SlowestReader } from "../../../lib/hub/input/input_feed.ts";

Deno.test("Slowest knows the least place of all readers, whatever they do", () => {
  const anyStep = fc.tuple(fc.nat(4), fc.constantFrom("enter", "move", "leave"), fc.nat(9));
  fc.assert(fc.property(fc.array(anyStep, { maxLength: 60 }), (steps) => {
    const slowest = new SlowestReader();
    const places = new Map<number, number>();
    for (const [reader, step, place] of steps) {
      const before = places.get(reader);
      if (step === "enter" && before === undefined) {
        slowest.add(place);
        places.set(reader, place);
      } else if (step === "move" && before !== undefined) {
        slowest.move(before, place);
        places.set(reader, place);
      } else if (step === "leave" && before !== undefined) {
        slowest.remove(before);
        places.delete(reader);
      }
      assert.equal(slowest.offset, Math.min(...places.values()));
    }
  }));
});
