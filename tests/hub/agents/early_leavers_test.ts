import assert from "node:assert/strict";
import { EarlyLeavers } from "../../../lib/hub/agents/early_leavers.ts";

Deno.test("EarlyLeavers reports an address at every third time", () => {
  const leavers = new EarlyLeavers();
  const reported = Array.from({ length: 6 }, () => leavers.count("10.0.0.1"));
  assert.deepEqual(reported, [false, false, true, false, false, true]);
  assert.equal(leavers.count("10.0.0.2"), false);
});

Deno.test("EarlyLeavers forgets an address from which an agent has attached", () => {
  const leavers = new EarlyLeavers();
  leavers.count("10.0.0.1");
  leavers.count("10.0.0.1");
  leavers.forget("10.0.0.1");
  assert.equal(leavers.count("10.0.0.1"), false);
});

Deno.test("EarlyLeavers counts a bounded number of addresses", () => {
  const leavers = new EarlyLeavers();
  leavers.count("first");
  leavers.count("first");
  for (let index = 0; index < 1_024; index++) leavers.count(`other${index}`);
  assert.equal(leavers.count("first"), false);
});
