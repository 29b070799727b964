import assert from "node:assert/strict";
import fc from "fast-check";
import type { OutcomeClass } from "../../../lib/protocol/job/host_state.ts";
import { Rollout, type RolloutStep } from "../../../lib/trigger/rollout/rollout.ts";
import { batchSizes, type RolloutPlan } from "../../../lib/trigger/rollout/rollout_plan.ts";

function hosts(total: number): string[] {
  return Array.from({ length: total }, (_, index) => `web${index + 1}`);
}

function planOf(total: number, change: Partial<RolloutPlan> = {}): RolloutPlan {
  return {
    nodes: hosts(total),
    window: Infinity,
    canary: 0,
    batch: Infinity,
    batchWaitMs: 0,
    maxFailed: Infinity,
    maxLost: Infinity,
    ...change,
  };
}

/** `+1,2` is a release, `.` nothing; the numbers of hosts. */
function brief(step: RolloutStep): string {
  const numbers = (nodes: readonly string[]) => nodes.map((node) => node.slice(3)).join(",");
  switch (step.kind) {
    case "none":
      return ".";
    case "release":
      return `+${numbers(step.nodes)}`;
    case "check":
      return `? ${numbers(step.canaries)}`;
    case "wait":
      return `wait ${step.ms}`;
    case "stop":
      return `stop ${step.why.kind}, left ${numbers(step.left)}`;
    default:
      return step satisfies never;
  }
}

/** What follows when the host of each number ends so; `go` is {@linkcode Rollout.resume}. */
function play(plan: RolloutPlan, events: readonly (number | "go" | [number, OutcomeClass])[]) {
  const rollout = new Rollout(plan);
  const steps = [brief(rollout.begin())];
  for (const event of events) {
    if (event === "go") steps.push(brief(rollout.resume()));
    else {
      const [number, end] = typeof event === "number" ? [event, "ok" as const] : event;
      steps.push(brief(rollout.ended(`web${number}`, end)));
    }
  }
  return steps;
}

Deno.test("Rollout without limits releases everybody at once", () => {
  assert.deepEqual(play(planOf(3), [1, 2, 3]), ["+1,2,3", ".", ".", "."]);
});

Deno.test("Rollout with a window releases the next host for each that has ended", () => {
  assert.deepEqual(
    play(planOf(4, { window: 2 }), [2, [1, "failed"], 4, 3]),
    ["+1,2", "+3", "+4", ".", "."],
  );
});

Deno.test("Rollout with batches waits until all of one have ended", () => {
  assert.deepEqual(
    play(planOf(5, { batch: 2 }), [2, 1, 3, [4, "lost"], 5]),
    ["+1,2", ".", "+3,4", ".", "+5", "."],
  );
});

Deno.test("Rollout waits between batches, not after the last", () => {
  assert.deepEqual(
    play(planOf(3, { batch: 2, batchWaitMs: 7 }), [1, 2, "go", 3]),
    ["+1,2", ".", "wait 7", "+3", "."],
  );
});

Deno.test("Rollout with a window inside batches keeps to both", () => {
  assert.deepEqual(
    play(planOf(4, { batch: 3, window: 2 }), [1, 2, 3, 4]),
    ["+1,2", "+3", ".", "+4", "."],
  );
});

Deno.test("Rollout with canaries asks before it goes on", () => {
  assert.deepEqual(
    play(planOf(5, { canary: 2 }), [2, [1, "failed"], "go", 3, 4, 5]),
    ["+1,2", ".", "? 1,2", "+3,4,5", ".", ".", "."],
  );
  assert.deepEqual(
    play(planOf(4, { canary: 1, batch: 2, batchWaitMs: 7 }), [1, "go", "go", 3, 2, "go", 4]),
    ["+1", "? 1", "wait 7", "+2,3", ".", "wait 7", "+4", "."],
  );
  assert.deepEqual(
    play(planOf(5, { canary: 1, batch: 2 }), [1, "go", "go"]),
    ["+1", "? 1", "+2,3", "."],
  );
  assert.deepEqual(play(planOf(2, { canary: 2 }), [1, 2]), ["+1,2", ".", "."]);
});

Deno.test("Rollout stops when more hosts fail or are lost than may", () => {
  const rows: readonly (readonly [Partial<RolloutPlan>, OutcomeClass, string])[] = [
    [{ maxFailed: 0 }, "failed", "stop failed, left 4,5"],
    [{ maxFailed: 0 }, "refused", "stop failed, left 4,5"],
    [{ maxLost: 0 }, "lost", "stop lost, left 4,5"],
    [{ maxFailed: 0 }, "lost", "+4"],
    [{ maxLost: 0 }, "failed", "+4"],
    [{ maxFailed: 1, maxLost: 1 }, "failed", "+4"],
    [{ maxFailed: 0, maxLost: 0 }, "ok", "+4"],
  ];
  for (const [limits, end, expected] of rows) {
    const steps = play(planOf(5, { window: 3, ...limits }), [[2, end]]);
    assert.deepEqual(steps, ["+1,2,3", expected], `${JSON.stringify(limits)} ${end}`);
  }
  assert.deepEqual(
    play(planOf(5, { window: 2, maxFailed: 1 }), [[1, "failed"], 2, [4, "refused"], 3]),
    ["+1,2", "+3", "+4", "stop failed, left 5", "."],
  );
});

Deno.test("Rollout says that it was too much even if nobody is left", () => {
  assert.deepEqual(
    play(planOf(2, { maxFailed: 0 }), [1, [2, "failed"]]),
    ["+1,2", ".", "stop failed, left "],
  );
});

Deno.test("Rollout stops rather than asks when a canary is one failure too many", () => {
  assert.deepEqual(
    play(planOf(3, { canary: 1, maxFailed: 0 }), [[1, "failed"], "go"]),
    ["+1", "stop failed, left 2,3", "."],
  );
});

Deno.test("Rollout that is stopped from outside releases nobody", () => {
  const rollout = new Rollout(planOf(3, { canary: 1, batchWaitMs: 7 }));
  rollout.begin();
  rollout.ended("web1", "ok");
  assert.equal(brief(rollout.resume()), "wait 7");
  assert.equal(brief(rollout.stop({ kind: "overdue" })), "stop overdue, left 2,3");
  assert.equal(brief(rollout.stop({ kind: "canary" })), ".");
  assert.equal(brief(rollout.resume()), ".");
});

Deno.test("Rollout has nothing to stop when everybody has begun", () => {
  const rollout = new Rollout(planOf(2));
  rollout.begin();
  assert.equal(brief(rollout.stop({ kind: "overdue" })), ".");
});

Deno.test("Rollout is not moved by hosts whose turn it is not", () => {
  const rollout = new Rollout(planOf(3, { window: 1, maxFailed: 0 }));
  rollout.begin();
  assert.equal(brief(rollout.ended("web2", "failed")), ".");
  assert.equal(brief(rollout.ended("db1", "failed")), ".");
  assert.equal(brief(rollout.resume()), ".");
  assert.equal(brief(rollout.ended("web1", "ok")), "+2");
  assert.equal(brief(rollout.ended("web1", "failed")), ".");
});

const limit = fc.oneof(fc.constant(Infinity), fc.integer({ min: 0, max: 6 }));
const size = fc.oneof(fc.constant(Infinity), fc.integer({ min: 1, max: 12 }));
const plans = fc.record({
  nodes: fc.integer({ min: 1, max: 25 }).map(hosts),
  window: size,
  canary: fc.integer({ min: 0, max: 5 }),
  batch: size,
  batchWaitMs: fc.constantFrom(0, 5),
  maxFailed: limit,
  maxLost: limit,
}).map((plan) => ({ ...plan, canary: Math.min(plan.canary, plan.nodes.length) }));
const ends = fc.constantFrom<OutcomeClass>("ok", "ok", "ok", "failed", "refused", "lost");

/** One run to its end: hosts end in any order and in any way. */
class Run {
  readonly released: string[] = [];
  readonly underWay = new Set<string>();
  readonly counts = { failed: 0, lost: 0 };
  readonly #plan: RolloutPlan;
  readonly #rollout: Rollout;
  stopped = false;

  constructor(plan: RolloutPlan) {
    this.#plan = plan;
    this.#rollout = new Rollout(plan);
  }

  to(choose: (from: number) => number, endOf: () => OutcomeClass): void {
    this.#take(this.#rollout.begin());
    while (this.underWay.size > 0) {
      const node = [...this.underWay][choose(this.underWay.size)] ?? "";
      const end = endOf();
      this.underWay.delete(node);
      if (end === "failed" || end === "refused") this.counts.failed++;
      if (end === "lost") this.counts.lost++;
      this.#take(this.#rollout.ended(node, end));
    }
  }

  #take(step: RolloutStep): void {
    if (step.kind === "none") return;
    assert.ok(!this.stopped, `${step.kind} after a stop`);
    if (step.kind === "release") return this.#release(step.nodes);
    if (step.kind === "stop") return this.#stop(step.left);
    assert.equal(this.underWay.size, 0, `${step.kind} while hosts are under way`);
    assert.ok(this.released.length < this.#plan.nodes.length, `${step.kind} for nobody`);
    this.#take(this.#rollout.resume());
  }

  #release(nodes: readonly string[]): void {
    for (const node of nodes) {
      this.released.push(node);
      this.underWay.add(node);
    }
    assert.ok(this.underWay.size <= this.#plan.window);
    assert.ok(this.counts.failed <= this.#plan.maxFailed);
    assert.ok(this.counts.lost <= this.#plan.maxLost);
    this.#isInOneBatch();
  }

  /** Whoever is under way belongs to one batch. */
  #isInOneBatch(): void {
    let start = 0;
    const batchOf = new Map(
      batchSizes(this.#plan).flatMap((size, batch) =>
        this.#plan.nodes.slice(start, start += size).map((node) => [node, batch])
      ),
    );
    const batches = new Set([...this.underWay].map((node) => batchOf.get(node)));
    assert.ok(batches.size <= 1, "two batches at once");
  }

  #stop(left: readonly string[]): void {
    this.stopped = true;
    assert.deepEqual([...this.released, ...left], this.#plan.nodes);
    assert.ok(
      this.counts.failed > this.#plan.maxFailed || this.counts.lost > this.#plan.maxLost,
    );
  }
}

Deno.test("Rollout keeps to every limit, in order, and ends", () => {
  fc.assert(fc.property(plans, fc.infiniteStream(fc.nat()), fc.infiniteStream(ends), (
    plan,
    numbers,
    outcomes,
  ) => {
    const run = new Run(plan);
    run.to(
      (from) => numbers.next().value % from,
      () => outcomes.next().value,
    );
    assert.deepEqual(run.released, plan.nodes.slice(0, run.released.length));
    if (!run.stopped) assert.equal(run.released.length, plan.nodes.length);
  }));
});
