import assert from "node:assert/strict";
import fc from "fast-check";
import { sample } from "../../../lib/trigger/targets/host_subset.ts";
const names = Array.from({ length: 200 }, (_, index) => `web${index}`);

Deno.test("sample chooses as many as asked, in the order of the names", () => {
  for (const count of [0, 1, 50, 199, 200, 1_000]) {
    const chosen = sample(names, { count, seed: "7" });
    assert.equal(chosen.length, Math.min(count, 200));
    assert.deepEqual(chosen, names.filter((name) => chosen.includes(name)));
  }
});

Deno.test("sample depends on the seed, and not on the order of the names", () => {
  const one = sample(names, { count: 20, seed: "1" });
  assert.deepEqual(sample(names.toReversed(), { count: 20, seed: "1" }).toReversed(), one);
  assert.notDeepEqual(sample(names, { count: 20, seed: "2" }), one);
  // Written down, so that a seed chooses the same hosts in every version.
  assert.deepEqual(sample(names, { count: 4, seed: "1" }), PINNED);
});

const PINNED = ["web44", "web47", "web73", "web191"];

Deno.test("sample of more holds every sample of fewer", () => {
  const anySeed = fc.string();
  fc.assert(fc.property(anySeed, fc.nat(200), fc.nat(200), (seed, a, b) => {
    const [few, many] = [Math.min(a, b), Math.max(a, b)].map((count) =>
      sample(names, { count, seed })
    );
    assert.deepEqual(few, many?.filter((name) => few?.includes(name)));
  }));
});

Deno.test("sample changes by one at the most when a host joins", () => {
  fc.assert(fc.property(fc.string(), fc.integer({ min: 1, max: 100 }), (seed, count) => {
    const before = new Set(sample(names, { count, seed }));
    const after = sample([...names, "new"], { count, seed });
    assert.ok(after.filter((name) => !before.has(name)).length <= 1);
  }));
});

Deno.test("sample favours nobody", () => {
  const times = new Map(names.map((name) => [name, 0]));
  for (let seed = 0; seed < 1_000; seed++) {
    for (const name of sample(names, { count: 20, seed: String(seed) })) {
      times.set(name, (times.get(name) ?? 0) + 1);
    }
  }
  // 1,000 draws with a chance of 1/10 each: five standard deviations are 47.
  for (const [name, count] of times) assert.ok(count > 53 && count < 147, `${name}: ${count}`);
});
