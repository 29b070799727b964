/**
 * Counts the hosts of a job by state, for progress displays.
 * @module
 */
import {
  type HostOutcome,
  type HostState,
  type OutcomeClass,
  outcomeClass,
} from "../../protocol/job/host_state.ts";

/** The number of hosts of each kind. */
export interface ProgressCounts extends Readonly<Record<Exclude<OutcomeClass, "ok">, number>> {
  /** All hosts of the job. */
  readonly total: number;
  /** The hosts that have ended, with any outcome. */
  readonly done: number;
  /** The hosts on which the command runs. */
  readonly running: number;
}

/** The hosts of a job by state. */
export class Progress {
  readonly #total: number;
  readonly #held: Set<string>;
  readonly #pending: Set<string>;
  readonly #waiting = new Set<string>();
  readonly #running = new Set<string>();
  readonly #ended: Record<OutcomeClass, number> = {
    ok: 0,
    failed: 0,
    refused: 0,
    lost: 0,
    skipped: 0,
  };

  /** Begins with `nodes`, of which none has answered; when `held`, none is released yet. */
  constructor(nodes: Iterable<string>, { held = false }: { readonly held?: boolean } = {}) {
    const all = new Set(nodes);
    this.#total = all.size;
    this.#held = held ? all : new Set();
    this.#pending = held ? new Set() : all;
  }

  /** The hosts that the rollout has not released yet. */
  get held(): ReadonlySet<string> {
    return this.#held;
  }

  /** The hosts to which the command is not delivered yet. */
  get pending(): ReadonlySet<string> {
    return this.#pending;
  }

  /** The hosts to which the command is delivered, and where it has not started. */
  get waiting(): ReadonlySet<string> {
    return this.#waiting;
  }

  /** The hosts on which the command runs, in the order in which it started. */
  get running(): ReadonlySet<string> {
    return this.#running;
  }

  /** Counts the hosts. */
  counts(): ProgressCounts {
    const { ok, ...others } = this.#ended;
    const done = Object.values(others).reduce((sum, count) => sum + count, ok);
    return { total: this.#total, done, running: this.#running.size, ...others };
  }

  /** Notes that `nodes` are released. */
  released(nodes: Iterable<string>): void {
    for (const node of nodes) if (this.#held.delete(node)) this.#pending.add(node);
  }

  /** Notes the new state of a host; one that has ended is counted by {@linkcode ended}. */
  setState(node: string, { kind }: HostState): void {
    this.#forget(node);
    if (kind === "pending") this.#pending.add(node);
    if (kind === "delivered") this.#waiting.add(node);
    if (kind === "started" || kind === "unconfirmed") this.#running.add(node);
  }

  /** Notes that a host has ended. */
  ended(node: string, outcome: HostOutcome): void {
    this.#forget(node);
    this.#ended[outcomeClass(outcome)]++;
  }

  #forget(node: string): void {
    this.#held.delete(node);
    this.#pending.delete(node);
    this.#waiting.delete(node);
    this.#running.delete(node);
  }
}
