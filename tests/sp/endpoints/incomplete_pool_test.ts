import assert from "node:assert/strict";
import { IncompletePool } from "../../../lib/sp/endpoints/incomplete_pool.ts";

const permissions = "none";

/** A pool of 10,000 bytes, its holders, and whose connection it has ended. */
function scene() {
  const pool = new IncompletePool(10_000);
  const ended: string[] = [];
  const holder = (name: string, address = "attacker") => ({
    address,
    end: () => void ended.push(name),
  });
  return { pool, ended, holder };
}

Deno.test("IncompletePool ends the oldest message of the address that holds the most", {
  permissions,
}, () => {
  const { pool, ended, holder } = scene();
  const honest = holder("honest", "elsewhere");
  pool.hold(honest, 4_000);
  const many = [0, 1, 2].map((index) => holder(`flood${index}`));
  for (const one of many) pool.hold(one, 3_000);
  assert.deepEqual(ended, ["flood0"]);
  assert.equal(pool.bytes, 10_000);
});

Deno.test("IncompletePool ends long messages before short ones", { permissions }, () => {
  const { pool, ended, holder } = scene();
  for (const name of ["a", "b", "c"]) pool.hold(holder(name), 2_000);
  pool.hold(holder("long", "elsewhere"), 4_097);
  assert.deepEqual([ended, pool.bytes], [["long"], 6_000]);
});

Deno.test("IncompletePool forgets a message that is complete", { permissions }, () => {
  const { pool, ended, holder } = scene();
  const one = holder("one");
  for (const bytes of [9_000, 100, 9_000, 0, 9_000]) pool.hold(one, bytes);
  pool.hold(one, 0);
  pool.hold(holder("two"), 10_000);
  assert.deepEqual([ended, pool.bytes], [[], 10_000]);
});

Deno.test("IncompletePool may end the connection that reports", { permissions }, () => {
  const { pool, ended, holder } = scene();
  pool.hold(holder("one"), 10_001);
  assert.deepEqual([ended, pool.bytes], [["one"], 0]);
});
