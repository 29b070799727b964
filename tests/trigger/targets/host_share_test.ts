import assert from "node:assert/strict";
import { hostCount, type HostShare } from "../../../lib/trigger/targets/host_subset.ts";

Deno.test("hostsIn rounds up, and is never more than there are", () => {
  const count = (count: number): HostShare => ({ kind: "count", count });
  const percent = (percent: number): HostShare => ({ kind: "percent", percent });
  const rows: readonly (readonly [HostShare, total: number, hosts: number])[] = [
    [count(5), 20, 5],
    [count(5), 3, 3],
    [count(5), 0, 0],
    [percent(10), 20, 2],
    [percent(10), 21, 3],
    [percent(1), 3, 1],
    [percent(100), 7, 7],
    [percent(50), 0, 0],
  ];
  for (const [share, total, hosts] of rows) assert.equal(hostCount(share, total), hosts);
});
