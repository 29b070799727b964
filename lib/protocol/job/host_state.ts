/**
 * Models the state of one host in a job: the kinds of state and their order, the outcome and its
 * class, and the interfaces that receive states and output.
 * @module
 */
import type { Verified } from "../../envelope/signing/verify_envelope.ts";
import {
  type Lost,
  type Outcome,
  type Result,
  type ResultClass,
  resultClass,
} from "../../envelope/statements/result.ts";
import type { PositionedPiece, StreamPiece } from "../agent/streams.ts";

/** The state of a host. */
export type HostState =
  /** The request is under way; the agent has confirmed it; the command runs. */
  | { readonly kind: "pending" | "delivered" | "started" }
  /** The command succeeded and is rolled back unless somebody confirms it. Never in the store. */
  | { readonly kind: "unconfirmed" }
  | EndedState
  /** The request was delivered, and then the agent was not heard of again. */
  | { readonly kind: "lost"; readonly reason: string }
  | NotDelivered
  /** The job was stopped before the request was sent to the host. */
  | { readonly kind: "skipped" };

/** The state of a host whose agent has signed a result. */
export interface EndedState {
  readonly kind: "ended";
  /** The signed bytes. */
  readonly envelope: Uint8Array;
  /** The result in `envelope`; present only where the signature was verified. */
  readonly result?: Verified<Result>;
}

/** A state whose result, if there is one, is verified. */
export type VerifiedState = Exclude<HostState, EndedState> | Required<EndedState>;

/** The request was not delivered in time, or for this `reason`. */
export interface NotDelivered {
  readonly kind: "expired";
  /** Why it was not delivered; its time had passed if absent. */
  readonly reason?: string;
  /**
   * Until when the command can still run, in Unix milliseconds by the clock of the host. Present
   * where a hub reports that the request was not delivered: nobody has signed that. If absent, this
   * program knows it, because it never sent the request.
   */
  readonly canRunUntil?: number;
}

/** A state that nothing can follow. */
export type FinalState = Extract<HostState, { readonly kind: FinalKind }>;

/** A final state, verified if it is a result. */
export type VerifiedFinalState = Extract<VerifiedState, { readonly kind: FinalKind }>;

/** A state and since when, in Unix milliseconds by the hub's clock. */
export type DatedHostState = HostState & { readonly at: number };

/** A state that the store of a hub can hold: there an unconfirmed host is a started one. */
export type RecordedState = Exclude<HostState, { readonly kind: "unconfirmed" }>;

/** The kinds of final states. */
export type FinalKind = "ended" | "lost" | "expired" | "skipped";

/** The order of states: a host never goes back. */
const RANKS: Readonly<Record<HostState["kind"], number>> = {
  pending: 0,
  delivered: 1,
  started: 2,
  unconfirmed: 3,
  ended: 4,
  lost: 4,
  expired: 4,
  skipped: 4,
};

/** All kinds, in order. */
export const STATE_KINDS = Object.keys(RANKS) as readonly HostState["kind"][];

/** The kinds of the states that the store of a hub can hold, in order. */
export const RECORDED_KINDS: readonly RecordedState["kind"][] = STATE_KINDS.filter((kind) =>
  kind !== "unconfirmed"
);

/** Returns whether no state can follow `state`. */
export function isFinal<S extends { readonly kind: HostState["kind"] }>(
  state: S,
): state is S & { readonly kind: FinalKind } {
  return RANKS[state.kind] === RANKS.ended;
}

/** Returns whether a host can go from the state `before` to the state `next`. */
export function canFollow(before: HostState["kind"], next: HostState["kind"]): boolean {
  return RANKS[next] > RANKS[before];
}

/** The outcome of a host whose output is not the signed output. */
export const UNVERIFIED = { kind: "unverified" } as const;

/** The outcome of a host that has ended. */
export type EndedOutcome = Outcome | typeof UNVERIFIED;

/** The outcome of a host: signed by its agent, or what the hub knows without a signed result. */
export type HostOutcome =
  | Exclude<EndedOutcome, Lost>
  /** The request was delivered, and its end is unknown. */
  | { readonly kind: "lost"; readonly reason?: string }
  | NotDelivered
  /** The rollout stopped before this host was released. The command did not run. */
  | { readonly kind: "skipped" };

/** The class of an outcome, for the operator and for the exit status. */
export type OutcomeClass = ResultClass | "skipped";

/** Returns the outcome of a final state. */
export function outcomeOf(state: VerifiedFinalState): HostOutcome {
  return state.kind === "ended" ? state.result.body.outcome : state;
}

/** Returns the class of an outcome. A command that may not have run counts as `lost`. */
export function outcomeClass(outcome: HostOutcome): OutcomeClass {
  switch (outcome.kind) {
    case "lost":
    case "expired":
    case "unverified":
      return "lost";
    case "skipped":
      return "skipped";
    default:
      return resultClass(outcome);
  }
}

/** Receives the states and output of the hosts of a job. Its functions must not throw. */
export interface JobSink {
  /**
   * Receives a new state of `node`. A promise resolves when the state is on disk, and rejects when
   * that fails. Until then the agent keeps its signed result.
   */
  state(node: string, state: VerifiedState): Promise<void> | void;
  /**
   * Receives output of `node`, all of it before the final state. While a promise is pending the host
   * may run ahead by the flow-control window, so a slow sink slows the command down.
   */
  output(node: string, output: StreamPiece): Promise<void> | void;
  /**
   * Called before the agent of `node` is told that it may forget the output so far. A promise delays
   * that until it resolves, when the output is on disk.
   */
  settle?(node: string): Promise<void> | void;
}

/** Follows a job from its beginning. Its functions must not throw. */
export interface JobFollower {
  /** Receives a new state of `node`. A final state comes after all output of the host. */
  state(node: string, state: DatedHostState): void;
  /** Receives output of `node`. A promise, which must not reject, slows the host down. */
  output(node: string, output: PositionedPiece): Promise<void> | void;
  /** Called after the last state: all hosts are in final states. */
  over(): void;
}
