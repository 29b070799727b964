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
import type { JobSink } from "../../protocol/job/host_state.ts";

/** How many hosts there are of each kind. */
export interface ProgressCounts extends Readonly<Record<Exclude<OutcomeClass, "ok">, number>> {
  /** All that are meant. */
  readonly total: number;
  /** Those that have ended, however. */
  readonly done: number;
  /** Those on which the command runs. */
  readonly running: number;
}

/** Follows a job. */
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

  /** Begins with `nodes`, of which none has answered; when `held`, their turn is still to come. */
  constructor(nodes: Iterable<string>, { held = false }: { readonly held?: boolean } = {}) {
    const all = new Set(nodes);
    this.#total = all.size;
    this.#held = held ? all : new Set();
    this.#pending = held ? new Set() : all;
  }

  /** The hosts whose turn is still to come. */
  get held(): ReadonlySet<string> {
    return this.#held;
  }

  /** The hosts that have not confirmed that they have the command. */
  get pending(): ReadonlySet<string> {
    return this.#pending;
  }

  /** The hosts that have it and have not begun. */
  get waiting(): ReadonlySet<string> {
    return this.#waiting;
  }

  /** The hosts on which it runs, those first that have begun first. */
  get running(): ReadonlySet<string> {
    return this.#running;
  }

  /** The numbers. */
  counts(): ProgressCounts {
    const { ok, ...others } = this.#ended;
    const done = Object.values(others).reduce((sum, count) => sum + count, ok);
    return { total: this.#total, done, running: this.#running.size, ...others };
  }

  /** It is the turn of `nodes`. */
  released(nodes: Iterable<string>): void {
    for (const node of nodes) if (this.#held.delete(node)) this.#pending.add(node);
  }

  /** A host is in another state; how it ended is told to {@linkcode ended}. */
  setState(node: string, { kind }: HostState): void {
    this.#forget(node);
    if (kind === "pending") this.#pending.add(node);
    if (kind === "delivered") this.#waiting.add(node);
    if (kind === "started" || kind === "unconfirmed") this.#running.add(node);
  }

  /** A host has ended. */
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

/** A sink that tells `progress` of states before it tells `sink`. */
export function trackProgress(sink: JobSink, progress: Progress): JobSink {
  return {
    output: (node, output) => sink.output(node, output),
    state: (node, state) => {
      progress.setState(node, state);
      return sink.state(node, state);
    },
  };
}
