/**
 * Which hosts get their turn when, and when it is enough: a state machine that is told what happens
 * and says what is to be done. Pure; imports nothing beyond this folder.
 * @module
 */
import type { OutcomeClass } from "./outcome.ts";
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
  goOn(): RolloutStep {
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
