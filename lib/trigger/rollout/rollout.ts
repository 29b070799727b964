/**
 * A rollout as a state machine that decides which hosts are released next and when to stop, and the
 * runner that carries its steps out on a held job.
 * @module
 */
import { type Clock, systemClock } from "../../base/clock.ts";
import {
  type HostOutcome,
  type OutcomeClass,
  outcomeClass,
} from "../../protocol/job/host_state.ts";
import type { RolloutPlan } from "./rollout_plan.ts";

/** Why no further host is released. */
export type RolloutStop =
  /** More hosts have failed or refused than the threshold allows. */
  | { readonly kind: "failed"; readonly count: number; readonly most: number }
  /** More hosts are lost than the threshold allows. */
  | { readonly kind: "lost"; readonly count: number; readonly most: number }
  /** The canary check failed, and the operator did not continue. */
  | { readonly kind: "canary" }
  /** The request is too old: agents would refuse it as stale. */
  | { readonly kind: "overdue" };

/** The next step of a rollout. */
export type RolloutStep =
  /** Nothing until a host ends. */
  | { readonly kind: "none" }
  /** Release these hosts. */
  | { readonly kind: "release"; readonly nodes: readonly string[] }
  /** All canaries have ended: {@linkcode Rollout.resume} if they pass the check, or else stop. */
  | { readonly kind: "check"; readonly canaries: readonly string[] }
  /** {@linkcode Rollout.resume} after this time, in milliseconds. */
  | { readonly kind: "wait"; readonly ms: number }
  /** No further host is released; `left` are those that were not. */
  | { readonly kind: "stop"; readonly why: RolloutStop; readonly left: readonly string[] };

const NONE: RolloutStep = { kind: "none" };

/** The state machine of one rollout. */
export class Rollout {
  readonly #plan: RolloutPlan;
  /** How many hosts are released, and how many will be at the end of this batch. */
  #released = 0;
  #batchEnd = 0;
  readonly #running = new Set<string>();
  #failed = 0;
  #lost = 0;
  #pausing: "for check" | "for time" | undefined;
  #stopped = false;

  /** A rollout that has released no host. */
  constructor(plan: RolloutPlan) {
    this.#plan = plan;
  }

  /** Releases the first hosts; called once. */
  begin(): RolloutStep {
    return this.#beginBatch(this.#plan.canary || this.#plan.batch);
  }

  /** Notes that a host has ended. Ignores one that was not released, or has ended before. */
  ended(node: string, end: OutcomeClass): RolloutStep {
    if (!this.#running.delete(node)) return NONE;
    if (end === "failed" || end === "refused") this.#failed++;
    if (end === "lost") this.#lost++;
    if (this.#stopped) return NONE;
    const why = this.#excess();
    return why ? this.#stop(why) : this.#advance();
  }

  /** Continues after a canary check that passed, or after the wait between batches. */
  resume(): RolloutStep {
    const { batch, batchWaitMs } = this.#plan;
    const pausing = this.#pausing;
    if (this.#stopped || !pausing) return NONE;
    if (pausing === "for check" && batchWaitMs > 0) return this.#wait();
    this.#pausing = undefined;
    return this.#beginBatch(batch);
  }

  /** Stops for a reason from outside. Does nothing when all hosts are released. */
  stop(why: RolloutStop): RolloutStep {
    return this.#stopped || this.#isAllReleased ? NONE : this.#stop(why);
  }

  get #isAllReleased(): boolean {
    return this.#released === this.#plan.nodes.length;
  }

  #beginBatch(size: number): RolloutStep {
    this.#batchEnd = Math.min(this.#released + size, this.#plan.nodes.length);
    return this.#fill();
  }

  #fill(): RolloutStep {
    const room = this.#plan.window - this.#running.size;
    const nodes = this.#plan.nodes.slice(
      this.#released,
      Math.min(this.#released + room, this.#batchEnd),
    );
    for (const node of nodes) this.#running.add(node);
    this.#released += nodes.length;
    return nodes.length > 0 ? { kind: "release", nodes } : NONE;
  }

  #advance(): RolloutStep {
    if (this.#released < this.#batchEnd) return this.#fill();
    if (this.#running.size > 0 || this.#isAllReleased) return NONE;
    const { nodes, canary, batch, batchWaitMs } = this.#plan;
    if (this.#released === canary) {
      this.#pausing = "for check";
      return { kind: "check", canaries: nodes.slice(0, canary) };
    }
    return batchWaitMs > 0 ? this.#wait() : this.#beginBatch(batch);
  }

  #wait(): RolloutStep {
    this.#pausing = "for time";
    return { kind: "wait", ms: this.#plan.batchWaitMs };
  }

  #excess(): RolloutStop | undefined {
    const { maxFailed, maxLost } = this.#plan;
    if (this.#failed > maxFailed) return { kind: "failed", count: this.#failed, most: maxFailed };
    if (this.#lost > maxLost) return { kind: "lost", count: this.#lost, most: maxLost };
    return undefined;
  }

  #stop(why: RolloutStop): RolloutStep {
    this.#stopped = true;
    return { kind: "stop", why, left: this.#plan.nodes.slice(this.#released) };
  }
}

/** A held job, whose hosts start only when they are released. */
export interface HeldJob {
  /** Releases `nodes`. */
  release(nodes: readonly string[]): void;
  /** Releases no further host: those that remain are skipped. */
  withhold(): void;
}

/** How a rollout is run. */
export interface RolloutRunOptions {
  /** The order and the numbers. */
  readonly plan: RolloutPlan;
  /** The latest time at which a host can start, in Unix milliseconds. */
  readonly until: number;
  /** Checks whether to continue after `canaries`, all of which have ended. Must not reject. */
  checkCanaries(canaries: readonly string[]): Promise<boolean>;
  /** Called when the rollout is stopped before `left` are released. Must not throw. */
  onStop(why: RolloutStop, left: readonly string[]): void;
  /** The source of time; the system clock by default. */
  readonly clock?: Clock;
  /** No host is released after an abort. The caller decides about the rest. */
  readonly signal: AbortSignal;
}

/** Runs a rollout on a held job. Disposing it releases no further host. */
export class RolloutRun implements Disposable {
  readonly #options: RolloutRunOptions;
  readonly #rollout: Rollout;
  readonly #clock: Clock;
  readonly #over = new AbortController();
  readonly #signal: AbortSignal;
  #job: HeldJob | undefined;
  #stopped: RolloutStop | undefined;

  /** A rollout that starts with {@linkcode RolloutRun.begin}. */
  constructor(options: RolloutRunOptions) {
    this.#options = options;
    this.#rollout = new Rollout(options.plan);
    this.#clock = options.clock ?? systemClock;
    this.#signal = AbortSignal.any([options.signal, this.#over.signal]);
  }

  /** Why the rollout was stopped; `undefined` if it was not. */
  get stopped(): RolloutStop | undefined {
    return this.#stopped;
  }

  /** Releases the first hosts of `job`. */
  begin(job: HeldJob): void {
    this.#job = job;
    this.#after(
      this.#options.until - this.#clock.now(),
      () => this.#rollout.stop({ kind: "overdue" }),
    );
    this.#take(this.#rollout.begin());
  }

  /** Notes that a host has ended. */
  ended(node: string, outcome: HostOutcome): void {
    this.#take(this.#rollout.ended(node, outcomeClass(outcome)));
  }

  /** Releases no further host. */
  [Symbol.dispose](): void {
    this.#over.abort();
  }

  #take(step: RolloutStep): void {
    if (this.#signal.aborted) return;
    switch (step.kind) {
      case "none":
        return;
      case "release":
        return this.#job?.release(step.nodes);
      case "check":
        return void this.#check(step.canaries);
      case "wait":
        return this.#after(step.ms, () => this.#rollout.resume());
      case "stop":
        this.#stopped = step.why;
        this.#options.onStop(step.why, step.left);
        return this.#job?.withhold();
      default:
        step satisfies never;
    }
  }

  async #check(canaries: readonly string[]): Promise<void> {
    const good = await this.#options.checkCanaries(canaries);
    this.#take(good ? this.#rollout.resume() : this.#rollout.stop({ kind: "canary" }));
  }

  #after(ms: number, next: () => RolloutStep): void {
    this.#clock.sleep(ms, this.#signal).then(() => this.#take(next()), () => {});
  }
}
