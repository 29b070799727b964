import assert from "node:assert/strict";
import { planText, stopText } from "../../../lib/cli/render/rollout_text.ts";
import type { RolloutStop } from "../../../lib/trigger/rollout/rollout.ts";
import type { RolloutPlan } from "../../../lib/trigger/rollout/rollout_plan.ts";

const NODES = Array.from({ length: 10 }, (_, index) => `web${index + 1}`);

Deno.test("planText says how the command goes out", () => {
  const rows: readonly (readonly [Partial<RolloutPlan>, string])[] = [
    [{ window: 3 }, "10 hosts, at most 3 at once"],
    [{ batch: 4 }, "10 hosts in 3 batches of 4"],
    [{ batch: 4, batchWaitMs: 300_000 }, "10 hosts in 3 batches of 4, 5m between batches"],
    [{ canary: 1 }, "web1 first, then 9 hosts"],
    [
      { canary: 2, batch: 4, window: 2 },
      "web[1-2] first, then 8 hosts in 2 batches of 4, at most 2 at once",
    ],
    [{ canary: 9, batch: 4 }, "web[1-9] first, then 1 host"],
    [{ canary: 10 }, "web[1-10] first"],
    [{ window: 32 }, "10 hosts"],
  ];
  for (const [change, expected] of rows) {
    const plan: RolloutPlan = {
      nodes: NODES,
      window: Infinity,
      canary: 0,
      batch: Infinity,
      batchWaitMs: 0,
      maxFailed: Infinity,
      maxLost: Infinity,
      ...change,
    };
    assert.equal(planText(plan), expected);
  }
});

Deno.test("stopText says why, and how many have not begun", () => {
  const rows: readonly (readonly [RolloutStop, readonly string[], string])[] = [
    [{ kind: "failed", count: 3, most: 2 }, ["a", "b"], "3 hosts failed, limit 2; 2 hosts skipped"],
    [
      { kind: "lost", count: 1, most: 0 },
      ["a"],
      "1 host lost or not delivered, limit 0; 1 host skipped",
    ],
    [{ kind: "failed", count: 1, most: 0 }, [], "1 host failed, limit 0; no host skipped"],
    [
      { kind: "canary" },
      ["a"],
      "canary check failed; 1 host skipped",
    ],
    [
      { kind: "overdue" },
      ["a"],
      "request expired; 1 host skipped",
    ],
  ];
  for (const [why, left, expected] of rows) {
    assert.equal(stopText(why, left), `stopped: ${expected}`);
  }
});
