/**
 * Follows a job until it ends: the state of every host, the number of hosts in each state, the result
 * of each host that has ended, and whether the job is settled. Commands that wait for hosts read
 * this. Presenters and others that show or store output are its listeners.
 * @module
 */
import type { StreamPiece } from "../../protocol/agent/streams.ts";
import {
  type HostOutcome,
  type HostState,
  isFinal,
  type JobSink,
  type OutcomeClass,
  outcomeClass,
  type VerifiedFinalState,
  type VerifiedState,
} from "../../protocol/job/host_state.ts";
import { OutputDigest } from "../../protocol/job/output_digest.ts";
import {
  type HostResult,
  hostResultOf,
  type OutputCheck,
  type ResultListener,
} from "./host_result.ts";

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

  /** Counts `nodes` as not delivered or, when `held`, as not released. */
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

  /** The hosts to which the command is delivered and where it has not started. */
  get waiting(): ReadonlySet<string> {
    return this.#waiting;
  }

  /** The hosts on which the command runs, in the order in which it started. */
  get running(): ReadonlySet<string> {
    return this.#running;
  }

  /** Returns the number of hosts in each state. */
  counts(): ProgressCounts {
    const { ok, ...others } = this.#ended;
    const done = Object.values(others).reduce((sum, count) => sum + count, ok);
    return { total: this.#total, done, running: this.#running.size, ...others };
  }

  /** Counts `nodes` as released. */
  released(nodes: Iterable<string>): void {
    for (const node of nodes) if (this.#held.delete(node)) this.#pending.add(node);
  }

  /** Records the new state of a host that has not ended; see {@linkcode Progress.ended}. */
  setState(node: string, { kind }: HostState): void {
    this.#forget(node);
    if (kind === "pending") this.#pending.add(node);
    if (kind === "delivered") this.#waiting.add(node);
    if (kind === "started" || kind === "unconfirmed") this.#running.add(node);
  }

  /** Counts a host as ended. */
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

/** How a job is followed. */
export interface FollowOptions {
  /** Called with output and results, in this order. */
  readonly listeners?: readonly ResultListener[];
  /** Whether the hosts wait until they are released. */
  readonly held?: boolean;
  /** How output is checked against the signed results; `whole` by default. */
  readonly outputCheck?: OutputCheck;
}

/** A host that has ended, with its outcome. */
export interface EndedHost {
  /** Its name. */
  readonly node: string;
  /** Its outcome. */
  readonly outcome: HostOutcome;
}

/** The state of a job, reduced from its events. */
export class FollowedJob implements JobSink {
  /** The names of the hosts. */
  readonly nodes: readonly string[];
  /** The hosts by state. */
  readonly progress: Progress;
  readonly #listeners: readonly ResultListener[];
  readonly #outputCheck: OutputCheck;
  readonly #digests = new Map<string, OutputDigest>();
  readonly #results = new Map<string, HostResult>();
  readonly #unsettled: Set<string>;
  readonly #unconfirmed = new Set<string>();
  readonly #settled = Promise.withResolvers<void>();
  #isLeft = false;

  /** Follows `nodes`, none of which has a state yet, and any other host that reports one. */
  constructor(
    nodes: readonly string[],
    { listeners = [], held = false, outputCheck = "whole" }: FollowOptions = {},
  ) {
    this.nodes = nodes;
    this.progress = new Progress(nodes, { held });
    this.#listeners = listeners;
    this.#outputCheck = outputCheck;
    this.#unsettled = new Set(nodes);
    if (nodes.length === 0) this.#settled.resolve();
  }

  /** The results of the hosts that have ended, first ended first. */
  get results(): ReadonlyMap<string, HostResult> {
    return this.#results;
  }

  /** The outcomes of the hosts that have ended, first ended first. */
  get outcomes(): readonly EndedHost[] {
    return [...this.#results].map(([node, { outcome }]) => ({ node, outcome }));
  }

  /** The hosts that have not ended. */
  get unfinished(): readonly string[] {
    return this.nodes.filter((node) => !this.#results.has(node));
  }

  /** The hosts that roll back their change unless it is confirmed. */
  get unconfirmed(): ReadonlySet<string> {
    return this.#unconfirmed;
  }

  /** Resolves when every host has ended or waits for a confirmation. */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  /** Whether {@linkcode FollowedJob.leave} was called. */
  get isLeft(): boolean {
    return this.#isLeft;
  }

  /** Ignores output and results from now on. A job that is given up reports running hosts as lost. */
  leave(): void {
    this.#isLeft = true;
  }

  /** Passes output on to the listeners; resolves when the slowest of them has consumed it. */
  output(node: string, { stream, bytes }: StreamPiece): Promise<void> | void {
    if (this.#isLeft) return;
    if (this.#outputCheck !== "none") this.#digestOf(node).add({ stream, bytes });
    const [first, ...others] = this.#listeners.flatMap((listener) =>
      listener.output(node, stream, bytes) ?? []
    );
    return others.length === 0 ? first : Promise.all([first, ...others]).then(() => {});
  }

  /** Records the new state of a host; a final state becomes its result. */
  state(node: string, state: VerifiedState): void {
    this.#settle(node, state);
    if (!isFinal(state)) return this.progress.setState(node, state);
    if (!this.#isLeft) this.#end(node, state);
  }

  #settle(node: string, state: VerifiedState): void {
    if (state.kind === "unconfirmed") this.#unconfirmed.add(node);
    else if (isFinal(state)) this.#unconfirmed.delete(node);
    else return;
    this.#unsettled.delete(node);
    if (this.#unsettled.size === 0) this.#settled.resolve();
  }

  #end(node: string, state: VerifiedFinalState): void {
    const result = hostResultOf(state, this.#digestOf(node), this.#outputCheck);
    this.#digests.delete(node);
    this.#results.set(node, result);
    this.progress.ended(node, result.outcome);
    for (const listener of this.#listeners) listener.ended(node, result);
  }

  #digestOf(node: string): OutputDigest {
    const known = this.#digests.get(node);
    if (known) return known;
    const digest = new OutputDigest();
    this.#digests.set(node, digest);
    return digest;
  }
}
