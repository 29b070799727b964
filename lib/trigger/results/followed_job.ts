/**
 * Follows a job until it ends: the state of every host, the result of each host that has ended, and
 * whether the job is settled. Commands that wait for hosts read this. Presenters and others that
 * show or store output are its listeners.
 * @module
 */
import type { StreamPiece } from "../../protocol/agent/streams.ts";
import {
  type HostOutcome,
  isFinal,
  type JobSink,
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
import { Progress } from "./progress.ts";

/** How a job is followed. */
export interface FollowOptions {
  /** Called with output and results, in this order. */
  readonly listeners?: readonly ResultListener[];
  /** Whether the hosts wait until they are released. */
  readonly held?: boolean;
  /** How output is checked against the signed results; `whole` by default. */
  readonly outputCheck?: OutputCheck;
}

/** A host that has ended, and how. */
export interface EndedHost {
  /** Its name. */
  readonly node: string;
  /** How it ended. */
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

  /** Begins with `nodes`, of which nothing is known. Hosts of other names are followed, too. */
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

  /** The results of the hosts that have ended, in the order in which they did. */
  get results(): ReadonlyMap<string, HostResult> {
    return this.#results;
  }

  /** The outcomes of the hosts that have ended, in the order in which they did. */
  get outcomes(): readonly EndedHost[] {
    return [...this.#results].map(([node, { outcome }]) => ({ node, outcome }));
  }

  /** The hosts that have not ended. */
  get unfinished(): readonly string[] {
    return this.nodes.filter((node) => !this.#results.has(node));
  }

  /** The hosts that undo their change unless it is confirmed. */
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

  /** Ignores output and results from now on: giving a job up makes hosts lost that still run. */
  leave(): void {
    this.#isLeft = true;
  }

  /** Passes output on to the listeners; resolves when the slowest of them has taken it. */
  output(node: string, { stream, bytes }: StreamPiece): Promise<void> | void {
    if (this.#isLeft) return;
    if (this.#outputCheck !== "none") this.#digestOf(node).add({ stream, bytes });
    const [first, ...others] = this.#listeners.flatMap((listener) =>
      listener.output(node, stream, bytes) ?? []
    );
    return others.length === 0 ? first : Promise.all([first, ...others]).then(() => {});
  }

  /** Notes the new state of a host; a final state becomes its result. */
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
