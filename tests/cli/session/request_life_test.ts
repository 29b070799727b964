import assert from "node:assert/strict";
import { boundedLife, requestLife } from "../../../lib/cli/session/request_life.ts";
import { planRollout } from "../../../lib/trigger/rollout/rollout_plan.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const TIMES = { deliverMs: 10_000, runMs: 2 * MINUTE, splayMs: 0 };

/** 6 hosts, 2 at a time, with pauses of 5 minutes. */
const PLAN = planRollout(
  {
    window: undefined,
    canary: undefined,
    batch: { kind: "count", count: 2 },
    batchWaitMs: 5 * MINUTE,
    maxFailed: undefined,
    maxLost: undefined,
  },
  ["web1", "web2", "web3", "web4", "web5", "web6"],
);

Deno.test("requestLife is a minute, or as long as hosts are waited for", () => {
  assert.equal(requestLife(TIMES), MINUTE);
  assert.equal(requestLife({ ...TIMES, deliverMs: HOUR }), HOUR);
  assert.equal(requestLife({ ...TIMES, deliverMs: 48 * HOUR }), 24 * HOUR);
});

Deno.test("requestLife is long enough for the last batch", () => {
  const host = 10_000 + 2 * MINUTE + 30_000;
  assert.equal(requestLife(TIMES, PLAN), 10_000 + 2 * host + 2 * 5 * MINUTE);
  assert.equal(
    requestLife({ ...TIMES, splayMs: MINUTE }, PLAN),
    10_000 + 2 * (host + MINUTE) + 2 * 5 * MINUTE,
  );
});

Deno.test("requestLife is no longer than agents take, a splay included", () => {
  assert.equal(requestLife({ ...TIMES, runMs: 24 * HOUR, splayMs: HOUR }, PLAN), 23 * HOUR);
  assert.equal(boundedLife(24 * HOUR, HOUR), 23 * HOUR);
  assert.equal(boundedLife(HOUR, HOUR), HOUR);
});
