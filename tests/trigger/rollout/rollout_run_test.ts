import assert from "node:assert/strict";
import type { HostOutcome } from "../../../lib/protocol/job/host_state.ts";
import type { RolloutPlan } from "../../../lib/trigger/rollout/rollout_plan.ts";
import { RolloutRun, type RolloutRunOptions } from "../../../lib/trigger/rollout/rollout.ts";
import { settle, VirtualClock } from "../../support/virtual_clock.ts";
const OK: HostOutcome = { kind: "exited", code: 0 };
const BAD: HostOutcome = { kind: "exited", code: 1 };

const PLAN: RolloutPlan = {
  nodes: ["web1", "web2", "web3"],
  window: 1,
  canary: 0,
  batch: Infinity,
  batchWaitMs: 0,
  maxFailed: Infinity,
  maxLost: Infinity,
};

function start(change: Partial<RolloutPlan>, options: Partial<RolloutRunOptions> = {}) {
  const clock = new VirtualClock();
  const log: string[] = [];
  const abort = new AbortController();
  const run = new RolloutRun({
    plan: { ...PLAN, ...change },
    until: 1_000_000,
    checkCanaries: (canaries) => {
      log.push(`judge ${canaries}`);
      return Promise.resolve(true);
    },
    onStop: (why, left) => log.push(`stop ${why.kind}, left ${left}`),
    clock,
    signal: abort.signal,
    ...options,
  });
  run.begin({
    release: (nodes) => log.push(`release ${nodes}`),
    withhold: () => log.push("withhold"),
  });
  return { run, log, clock, abort };
}

Deno.test("RolloutRun releases as hosts end, and withholds when it is too much", () => {
  const { run, log } = start({ maxFailed: 0 });
  using _run = run;
  run.ended("web1", OK);
  assert.equal(run.stopped, undefined);
  run.ended("web2", BAD);
  run.ended("web3", { kind: "skipped" });
  assert.deepEqual(log, ["release web1", "release web2", "stop failed, left web3", "withhold"]);
  assert.deepEqual(run.stopped, { kind: "failed", count: 1, most: 0 });
});

Deno.test("RolloutRun waits between batches, on its clock", async () => {
  const { run, log, clock } = start({ batch: 1, batchWaitMs: 5_000 });
  using _run = run;
  run.ended("web1", OK);
  await clock.advance(4_999);
  assert.deepEqual(log, ["release web1"]);
  await clock.advance(1);
  assert.deepEqual(log, ["release web1", "release web2"]);
});

Deno.test("RolloutRun goes on after the canaries, or stops, as it is told", async () => {
  for (const good of [true, false]) {
    const answer = Promise.withResolvers<boolean>();
    const { run, log } = start({ canary: 1 }, { checkCanaries: () => answer.promise });
    using _run = run;
    run.ended("web1", OK);
    await settle();
    assert.deepEqual(log, ["release web1"]);
    answer.resolve(good);
    await settle();
    const then = good ? ["release web2"] : ["stop canary, left web2,web3", "withhold"];
    assert.deepEqual(log, ["release web1", ...then]);
  }
});

Deno.test("RolloutRun releases nobody who would find the request too old", async () => {
  const { run, log, clock } = start({}, { until: 60_000 });
  using _run = run;
  await clock.advance(59_999);
  run.ended("web1", OK);
  await clock.advance(1);
  run.ended("web2", OK);
  assert.deepEqual(log, [
    "release web1",
    "release web2",
    "stop overdue, left web3",
    "withhold",
  ]);
});

Deno.test("RolloutRun does nothing once it is aborted", async () => {
  const answer = Promise.withResolvers<boolean>();
  const rows: readonly [Partial<RolloutPlan>, Partial<RolloutRunOptions>][] = [
    [{}, {}],
    [{ batch: 1, batchWaitMs: 5_000 }, {}],
    [{ canary: 1 }, { checkCanaries: () => answer.promise }],
  ];
  for (const [change, options] of rows) {
    const { run, log, clock, abort } = start(change, options);
    using _run = run;
    if (change.batch || change.canary) run.ended("web1", OK);
    abort.abort();
    run.ended("web1", BAD);
    answer.resolve(false);
    await clock.advance(2_000_000);
    assert.deepEqual([log, run.stopped], [["release web1"], undefined]);
    assert.equal(clock.sleeping, 0);
  }
});

Deno.test("RolloutRun that is disposed of waits for nothing", async () => {
  const { run, clock } = start({ batch: 1, batchWaitMs: 5_000 });
  run.ended("web1", OK);
  run[Symbol.dispose]();
  await clock.sleepers(0);
});
