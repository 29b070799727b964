import assert from "node:assert/strict";
import fc from "fast-check";
import {
  batchSizes,
  CAREFUL_WINDOW,
  maxRolloutMs,
  planRollout,
  type RolloutPlan,
  type RolloutSpec,
} from "../../../lib/trigger/rollout/rollout_plan.ts";
import type { HostShare } from "../../../lib/trigger/targets/host_subset.ts";

const NOTHING: RolloutSpec = {
  window: undefined,
  canary: undefined,
  batch: undefined,
  batchWaitMs: undefined,
  maxFailed: undefined,
  maxLost: undefined,
};

function count(count: number): HostShare {
  return { kind: "count", count };
}

function percent(percent: number): HostShare {
  return { kind: "percent", percent };
}

function hosts(total: number): string[] {
  return Array.from({ length: total }, (_, index) => `web${index + 1}`);
}

function plan(total: number, wish: Partial<RolloutSpec>): RolloutPlan {
  return planRollout({ ...NOTHING, ...wish }, hosts(total));
}

Deno.test("planRollout takes hosts in the order of their names, each once", () => {
  const { nodes } = planRollout(NOTHING, ["web10", "web2", "db1", "web2"]);
  assert.deepEqual(nodes, ["db1", "web2", "web10"]);
});

Deno.test("planRollout rounds turns up and what is tolerated down", () => {
  const rows: readonly (readonly [number, Partial<RolloutSpec>, Partial<RolloutPlan>])[] = [
    [50, { batch: percent(10) }, { batch: 5 }],
    [51, { batch: percent(10) }, { batch: 6 }],
    [3, { batch: percent(1), canary: percent(1), window: percent(1) }, {
      batch: 1,
      canary: 1,
      window: 1,
    }],
    [3, { batch: count(10), canary: count(10), window: count(10) }, {
      batch: 3,
      canary: 3,
      window: 3,
    }],
    [50, { maxFailed: percent(10), maxLost: percent(5) }, { maxFailed: 5, maxLost: 2 }],
    [59, { maxFailed: percent(10), maxLost: percent(0) }, { maxFailed: 5, maxLost: 0 }],
    [9, { maxFailed: percent(10), maxLost: count(100) }, { maxFailed: 0, maxLost: 100 }],
    [9, { batchWaitMs: 5 }, { batchWaitMs: 5, canary: 0, batch: Infinity, window: Infinity }],
  ];
  for (const [total, wish, expected] of rows) {
    const planned = plan(total, wish);
    assert.deepEqual({ ...planned, ...expected }, planned, JSON.stringify(wish));
  }
});

Deno.test("planRollout: more than P% of the hosts is more than is tolerated, exactly", () => {
  fc.assert(fc.property(
    fc.integer({ min: 0, max: 100 }),
    fc.integer({ min: 1, max: 500 }),
    fc.integer({ min: 0, max: 500 }),
    (share, total, failed) => {
      const { maxFailed } = plan(total, { maxFailed: percent(share) });
      assert.equal(failed > maxFailed, failed * 100 > total * share);
    },
  ));
});

Deno.test("planRollout keeps back some hosts when failures are to stop it", () => {
  const rows: readonly (readonly [Partial<RolloutSpec>, number])[] = [
    [{ maxFailed: count(0) }, CAREFUL_WINDOW],
    [{ maxLost: percent(5) }, CAREFUL_WINDOW],
    [{ maxFailed: count(0), window: count(7) }, 7],
    [{ maxFailed: count(0), batch: count(60) }, Infinity],
    [{ canary: count(1) }, Infinity],
  ];
  for (const [wish, window] of rows) assert.equal(plan(100, wish).window, window);
});

Deno.test("batchSizes counts the canaries as the first batch", () => {
  assert.deepEqual(batchSizes(plan(10, { canary: count(2), batch: count(3) })), [2, 3, 3, 2]);
  assert.deepEqual(batchSizes(plan(6, { batch: count(3) })), [3, 3]);
  assert.deepEqual(batchSizes(plan(6, { canary: count(1) })), [1, 5]);
  assert.deepEqual(batchSizes(plan(2, { canary: count(5) })), [2]);
  assert.deepEqual(batchSizes(plan(6, {})), [6]);
});

Deno.test("longestRollout is when the last host may begin", () => {
  const hour = 3_600_000;
  const rows: readonly (readonly [number, Partial<RolloutSpec>, number])[] = [
    [6, {}, 0],
    [6, { window: count(2) }, 20],
    [7, { window: count(2) }, 30],
    [6, { batch: count(2), batchWaitMs: 5 }, 30],
    [6, { batch: count(3), window: count(1) }, 50],
    [6, { canary: count(2), batchWaitMs: 5 }, 15 + hour],
    [6, { canary: count(6) }, 0],
  ];
  for (const [total, wish, expected] of rows) {
    assert.equal(maxRolloutMs(plan(total, wish), 10), expected, JSON.stringify(wish));
  }
});
