/**
 * Carries a rollout out: lets hosts have their turn, waits, asks. Imports `base`.
 * @module
 */
import { type Clock, systemClock } from "../base/clock.ts";
import { type NodeOutcome, outcomeClass } from "./outcome.ts";
import { Rollout, type RolloutStep, type RolloutStop } from "./rollout.ts";
import type { RolloutPlan } from "./rollout_plan.ts";

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
  judge(canaries: readonly string[]): Promise<boolean>;
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
  ended(node: string, outcome: NodeOutcome): void {
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
        return this.#after(step.ms, () => this.#rollout.goOn());
      case "stop":
        this.#stopped = step.why;
        this.#options.onStop(step.why, step.left);
        return this.#job?.withhold();
      default:
        step satisfies never;
    }
  }

  async #judge(canaries: readonly string[]): Promise<void> {
    const good = await this.#options.judge(canaries);
    this.#take(good ? this.#rollout.goOn() : this.#rollout.stop({ kind: "canary" }));
  }

  #after(ms: number, next: () => RolloutStep): void {
    this.#clock.sleep(ms, this.#signal).then(() => this.#take(next()), () => {});
  }
}
