import assert from "node:assert/strict";
import { HelloBudget } from "../../../lib/hub/agents/hello_budget.ts";

const permissions = "none";

Deno.test("HelloBudget limits unknown agents per address and in total, and reserves a part", {
  permissions,
}, () => {
  const budget = new HelloBudget({ maxBytes: 1_000, maxBytesPerAddress: 400 });
  const take = (address: string, bytes: number, isKnown = false) =>
    budget.take(address, bytes, isKnown);
  const first = take("a", 400);
  assert.ok(first);
  assert.equal(take("a", 1), undefined);
  assert.ok(take("b", 350));
  assert.equal(take("c", 1), undefined);
  assert.ok(take("a", 250, true));
  assert.equal(take("d", 1, true), undefined);
  first[Symbol.dispose]();
  assert.ok(take("a", 100));
  assert.equal(budget.bytes, 700);
});
