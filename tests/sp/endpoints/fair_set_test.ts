import assert from "node:assert/strict";
import { FairSet, networkOf } from "../../../lib/sp/endpoints/fair_set.ts";

const permissions = "none";

Deno.test("FairSet gives the members of the address that has the most, oldest first", {
  permissions,
}, () => {
  const set = new FairSet<number>();
  assert.deepEqual(set.ofLargest(), []);
  for (const [address, member] of [["a", 1], ["b", 2], ["b", 3], ["a", 4], ["b", 5]] as const) {
    set.add(address, member);
  }
  assert.deepEqual(set.ofLargest(), [2, 3, 5]);
  assert.deepEqual([set.size, set.countOf("a"), set.countOf("c")], [5, 2, 0]);
  assert.deepEqual([set.delete("b", 2), set.delete("b", 3), set.delete("b", 3)], [
    true,
    true,
    false,
  ]);
  assert.deepEqual(set.ofLargest(), [1, 4]);
  assert.deepEqual(set.all().toSorted(), [1, 4, 5]);
});

Deno.test("networkOf() counts an IPv6 machine once, whichever of its addresses it uses", {
  permissions,
}, () => {
  const rows: readonly (readonly [address: string, network: string])[] = [
    ["10.0.0.7", "10.0.0.7"],
    ["::ffff:10.0.0.7", "::ffff:10.0.0.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::1", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
  ];
  for (const [address, network] of rows) assert.equal(networkOf(address), network);
});
