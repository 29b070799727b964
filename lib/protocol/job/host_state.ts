/**
 * The state of one host in a job: the kinds of state and their order, the outcome and the class
 * that follow from a final one, and the interfaces that receive states and output.
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

/** How far a host is, or how it ended. */
export type HostState =
  /** The request is not confirmed; it is with the agent; the command runs. */
  | { readonly kind: "pending" | "delivered" | "started" }
  /** The command succeeded and is rolled back unless somebody confirms it. Never in the store. */
  | { readonly kind: "unconfirmed" }
  | EndedState
  /** The request was delivered, and then the agent was not heard of again. */
  | { readonly kind: "lost"; readonly reason: string }
  /** The request was not delivered in time, or for this `reason`. */
  | { readonly kind: "expired"; readonly reason?: string }
  /** The job was stopped before the request was sent to the host. */
  | { readonly kind: "skipped" };

/** The agent has signed a result. */
export interface EndedState {
  readonly kind: "ended";
  /** The signed bytes. */
  readonly envelope: Uint8Array;
  /** The result in `envelope`; present only where the signature was verified. */
  readonly result?: Verified<Result>;
}

/** A state whose result, if there is one, is verified. */
export type VerifiedState = Exclude<HostState, EndedState> | Required<EndedState>;

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

/** The order of states; final ones are the last. */
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

/** The kinds of all states, in order. */
export const STATE_KINDS = Object.keys(RANKS) as readonly HostState["kind"][];

/** The kinds of the states that the store of a hub can hold, in order. */
export const RECORDED_KINDS: readonly RecordedState["kind"][] = STATE_KINDS.filter((kind) =>
  kind !== "unconfirmed"
);

/** Whether nothing can follow `state`. */
export function isFinal<S extends { readonly kind: HostState["kind"] }>(
  state: S,
): state is S & { readonly kind: FinalKind } {
  return RANKS[state.kind] === RANKS.ended;
}

/** Whether a host in the state `before` can come into the state `next`: states only go forward. */
export function canFollow(before: HostState["kind"], next: HostState["kind"]): boolean {
  return RANKS[next] > RANKS[before];
}

/** An outcome of a host whose output is not the output that its agent has signed. */
export const UNVERIFIED = { kind: "unverified" } as const;

/** What counts of a host that has ended: the signed outcome, unless the output does not fit it. */
export type EndedOutcome = Outcome | typeof UNVERIFIED;

/**
 * The outcome of a host: what its agent has signed, or what the hub knows of a host that signed
 * nothing. `lost`, `expired` and `unverified` say why nothing better is known.
 */
export type HostOutcome =
  | Exclude<EndedOutcome, Lost>
  /** The request was delivered; how it ended is not known, neither here nor to the agent. */
  | { readonly kind: "lost"; readonly reason?: string }
  /** It was not delivered in time, or for this `reason`: it did not run. */
  | { readonly kind: "expired"; readonly reason?: string }
  /** The rollout was stopped before this host was released: it did not run. */
  | { readonly kind: "skipped" };

/** The class of an outcome, for the operator and for the exit status. */
export type OutcomeClass = ResultClass | "skipped";

/** The outcome of a host in a final state. */
export function outcomeOf(state: VerifiedFinalState): HostOutcome {
  return state.kind === "ended" ? state.result.body.outcome : state;
}

/** The class of an outcome; what is not known for certain to have run counts as `lost`. */
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

/** Receives the states and the output of the hosts of a job. Its functions must not throw. */
export interface JobSink {
  /**
   * `node` is in a new state. A promise resolves when the state is recorded and rejects when it
   * cannot be; until then the agent keeps its signed result.
   */
  state(node: string, state: VerifiedState): Promise<void> | void;
  /**
   * `node` has printed output; all of it comes before the final state. While a promise is pending
   * the host may run ahead by the flow-control window, so that a slow reader slows the command down.
   */
  output(node: string, output: StreamPiece): Promise<void> | void;
  /**
   * The agent of `node` is about to be told that it may forget the output so far. It is not told
   * until a promise resolves, when the output is recorded.
   */
  settle?(node: string): Promise<void> | void;
}

/** Follows a job from its beginning. Its functions must not throw. */
export interface JobFollower {
  /** `node` is in another state. Final states come after all of the host's output. */
  state(node: string, state: DatedHostState): void;
  /** `node` has printed output; a promise, which must not reject, slows the host down. */
  output(node: string, output: PositionedPiece): Promise<void> | void;
  /** All hosts are in final states, and everything has been told. */
  over(): void;
}
