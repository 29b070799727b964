import assert from "node:assert/strict";
import fc from "fast-check";
import { Slowest } from "../../lib/hub/slowest.ts";

const pure = { permissions: "none" } as const;

Deno.test("Slowest knows the least place of all readers, whatever they do", pure, () => {
  const anyStep = fc.tuple(fc.nat(4), fc.constantFrom("enter", "move", "leave"), fc.nat(9));
  fc.assert(fc.property(fc.array(anyStep, { maxLength: 60 }), (steps) => {
    const slowest = new Slowest();
    const places = new Map<number, number>();
    for (const [reader, step, place] of steps) {
      const before = places.get(reader);
      if (step === "enter" && before === undefined) {
        slowest.enter(place);
        places.set(reader, place);
      } else if (step === "move" && before !== undefined) {
        slowest.move(before, place);
        places.set(reader, place);
      } else if (step === "leave" && before !== undefined) {
        slowest.leave(before);
        places.delete(reader);
      }
      assert.equal(slowest.place, Math.min(...places.values()));
    }
  }));
});
