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

/** Why no further host gets its turn. */
export type RolloutStop =
  /** More hosts have failed, or refused, than may. */
  | { readonly kind: "failed"; readonly count: number; readonly most: number }
  /** More hosts are lost than may be. */
  | { readonly kind: "lost"; readonly count: number; readonly most: number }
  /** The canaries did not do well, and nobody has said that it may go on. */
  | { readonly kind: "canary" }
  /** The request is too old to be obeyed. */
  | { readonly kind: "overdue" };

/** What is to be done next. */
export type RolloutStep =
  /** Nothing until something else happens. */
  | { readonly kind: "none" }
  /** It is the turn of these hosts. */
  | { readonly kind: "release"; readonly nodes: readonly string[] }
  /** All canaries have ended: {@linkcode Rollout.goOn} if they did well, else a stop. */
  | { readonly kind: "judge"; readonly canaries: readonly string[] }
  /** {@linkcode Rollout.goOn} after so many milliseconds. */
  | { readonly kind: "wait"; readonly ms: number }
  /** No host gets its turn any more; `left` have not had theirs. */
  | { readonly kind: "stop"; readonly why: RolloutStop; readonly left: readonly string[] };

const NONE: RolloutStep = { kind: "none" };

/** One command on its way to many hosts. */
export class Rollout {
  readonly #plan: RolloutPlan;
  /** How many hosts have had their turn, and how many will have when this batch is over. */
  #begun = 0;
  #batchEnd = 0;
  readonly #underWay = new Set<string>();
  #failed = 0;
  #lost = 0;
  #pausing: "for judgement" | "for time" | undefined;
  #stopped = false;

  /** Makes a rollout of which nothing has begun. */
  constructor(plan: RolloutPlan) {
    this.#plan = plan;
  }

  /** The first hosts; to be called once. */
  begin(): RolloutStep {
    return this.#beginBatch(this.#plan.canary || this.#plan.batch);
  }

  /** A host has ended. One whose turn it was not changes nothing. */
  ended(node: string, end: OutcomeClass): RolloutStep {
    if (!this.#underWay.delete(node)) return NONE;
    if (end === "failed" || end === "refused") this.#failed++;
    if (end === "lost") this.#lost++;
    if (this.#stopped) return NONE;
    const why = this.#excess();
    return why ? this.#stop(why) : this.#advance();
  }

  /** The canaries did well, or the wait is over. */
  resume(): RolloutStep {
    const { batch, batchWaitMs } = this.#plan;
    const pausing = this.#pausing;
    if (this.#stopped || !pausing) return NONE;
    if (pausing === "for judgement" && batchWaitMs > 0) return this.#wait();
    this.#pausing = undefined;
    return this.#beginBatch(batch);
  }

  /** It is not to go on, for a reason that is not known here. Nothing if there is nothing to stop. */
  stop(why: RolloutStop): RolloutStep {
    return this.#stopped || this.#isAllBegun ? NONE : this.#stop(why);
  }

  get #isAllBegun(): boolean {
    return this.#begun === this.#plan.nodes.length;
  }

  #beginBatch(size: number): RolloutStep {
    this.#batchEnd = Math.min(this.#begun + size, this.#plan.nodes.length);
    return this.#fill();
  }

  #fill(): RolloutStep {
    const room = this.#plan.window - this.#underWay.size;
    const nodes = this.#plan.nodes.slice(this.#begun, Math.min(this.#begun + room, this.#batchEnd));
    for (const node of nodes) this.#underWay.add(node);
    this.#begun += nodes.length;
    return nodes.length > 0 ? { kind: "release", nodes } : NONE;
  }

  #advance(): RolloutStep {
    if (this.#begun < this.#batchEnd) return this.#fill();
    if (this.#underWay.size > 0 || this.#isAllBegun) return NONE;
    const { nodes, canary, batch, batchWaitMs } = this.#plan;
    if (this.#begun === canary) {
      this.#pausing = "for judgement";
      return { kind: "judge", canaries: nodes.slice(0, canary) };
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
    return { kind: "stop", why, left: this.#plan.nodes.slice(this.#begun) };
  }
}

/** A job whose hosts are held back, here or at a hub far away. */
export interface HeldJob {
  /** It is the turn of `nodes`. */
  release(nodes: readonly string[]): void;
  /** Nobody else gets a turn. */
  withhold(): void;
}

/** How a rollout is carried out. */
export interface RolloutRunOptions {
  /** Who gets a turn when. */
  readonly plan: RolloutPlan;
  /** The last moment at which a host can begin, in Unix milliseconds. */
  readonly until: number;
  /** Says whether to go on after `canaries`, all of which have ended. Must not reject. */
  checkCanaries(canaries: readonly string[]): Promise<boolean>;
  /** Told when it is stopped before `left` have had their turn. Must not throw. */
  onStop(why: RolloutStop, left: readonly string[]): void;
  /** Where time comes from; the machine's own clock by default. */
  readonly clock?: Clock;
  /** Nobody gets a turn any more once it is aborted; what to do about those left is for others. */
  readonly signal: AbortSignal;
}

/** A rollout under way. Disposing it ends its waiting. */
export class RolloutRun implements Disposable {
  readonly #options: RolloutRunOptions;
  readonly #rollout: Rollout;
  readonly #clock: Clock;
  readonly #over = new AbortController();
  readonly #signal: AbortSignal;
  #job: HeldJob | undefined;
  #stopped: RolloutStop | undefined;

  /** Makes one that begins when it is told to. */
  constructor(options: RolloutRunOptions) {
    this.#options = options;
    this.#rollout = new Rollout(options.plan);
    this.#clock = options.clock ?? systemClock;
    this.#signal = AbortSignal.any([options.signal, this.#over.signal]);
  }

  /** Why it was stopped before every host had its turn, or as the last ones had it; if it was. */
  get stopped(): RolloutStop | undefined {
    return this.#stopped;
  }

  /** Lets the first hosts of `job` have their turn. */
  begin(job: HeldJob): void {
    this.#job = job;
    this.#after(
      this.#options.until - this.#clock.now(),
      () => this.#rollout.stop({ kind: "overdue" }),
    );
    this.#take(this.#rollout.begin());
  }

  /** A host has ended. */
  ended(node: string, outcome: HostOutcome): void {
    this.#take(this.#rollout.ended(node, outcomeClass(outcome)));
  }

  /** Lets nobody have a turn any more. */
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
      case "judge":
        return void this.#judge(step.canaries);
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

  async #judge(canaries: readonly string[]): Promise<void> {
    const good = await this.#options.checkCanaries(canaries);
    this.#take(good ? this.#rollout.resume() : this.#rollout.stop({ kind: "canary" }));
  }

  #after(ms: number, next: () => RolloutStep): void {
    this.#clock.sleep(ms, this.#signal).then(() => this.#take(next()), () => {});
  }
}
