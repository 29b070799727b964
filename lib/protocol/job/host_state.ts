/**
 * The states of one host in a job, and the interfaces of those who are told of them: a sink hears
 * of the job as it happens, a follower also of what was recorded before.
 * @module
 */
import type { Verified } from "../../envelope/signing/verify_envelope.ts";
import type { Result } from "../../envelope/statements/result.ts";
import type { PositionedPiece, StreamPiece } from "../agent/streams.ts";

/** How far a host is, or how it ended. */
export type HostState =
  /** The request has not been confirmed by the agent yet. */
  | { readonly kind: "pending" }
  /** The agent has confirmed that it has the request. */
  | { readonly kind: "delivered" }
  /** The command runs. */
  | { readonly kind: "started" }
  /** The command has ended well, and is undone unless somebody confirms it. */
  | { readonly kind: "unconfirmed" }
  /** The agent has signed how it ended; `envelope` is what it has signed. */
  | { readonly kind: "ended"; readonly result: Verified<Result>; readonly envelope: Uint8Array }
  /** The request was delivered, and then the agent was not heard of again. */
  | { readonly kind: "lost"; readonly reason: string }
  /** The request was not delivered in time, or for this `reason`. */
  | { readonly kind: "expired"; readonly reason?: string }
  /** Its turn had not come when the job was stopped: it was never sent the request. */
  | { readonly kind: "skipped" };

/** The kinds of all states. */
export const STATE_KINDS: readonly HostState["kind"][] = [
  ...["pending", "delivered", "started", "unconfirmed"] as const,
  ...["ended", "lost", "expired", "skipped"] as const,
];

/** Whether nothing can follow `state`. */
export function isFinal({ kind }: Pick<HostState, "kind">): boolean {
  return kind === "ended" || kind === "lost" || kind === "expired" || kind === "skipped";
}

/** Receives what becomes known of the hosts of a job. */
export interface JobSink {
  /**
   * `node` is in a new state. Until a promise is resolved the agent keeps what it has signed: it is
   * for whoever writes that down, and rejects when it cannot be. Must not throw.
   */
  state(node: string, state: HostState): Promise<void> | void;
  /**
   * Output has come; all of it comes before the final state. When this returns a promise, the host
   * may run ahead of it by no more than the window of the session, so a slow reader slows the
   * command down and nothing piles up. Must not throw.
   */
  output(node: string, output: StreamPiece): Promise<void> | void;
  /**
   * The agent of `node` is about to be told that it may forget the output that has come so far:
   * for whoever writes that down. Until a promise is resolved it is not told. Must not throw.
   */
  settle?(node: string): Promise<void> | void;
}

/** The state of a host, and since when, in Unix milliseconds by the hub's clock. */
export type DatedHostState =
  & { readonly at: number }
  & (
    | { readonly kind: "pending" | "delivered" | "started" | "unconfirmed" }
    | { readonly kind: "skipped" }
    | { readonly kind: "expired"; readonly reason?: string }
    | { readonly kind: "lost"; readonly reason: string }
    /** The agent has signed how it ended. */
    | { readonly kind: "ended"; readonly envelope: Uint8Array }
  );

/** Whoever follows a job. Its functions must not throw. */
export interface JobFollower {
  /** `node` is in another state. Final states come after all of the host's output. */
  state(node: string, news: DatedHostState): void;
  /** `node` has printed something; a promise, which must not reject, slows the host down. */
  output(node: string, output: PositionedPiece): Promise<void> | void;
  /** All hosts are in final states, and everything has been told. */
  over(): void;
}

/** A state as news. */
export function dateState(state: HostState, at: number): DatedHostState {
  switch (state.kind) {
    case "ended":
      return { kind: "ended", envelope: state.envelope, at };
    case "lost":
    case "expired":
      return { ...state, at };
    case "pending":
    case "delivered":
    case "started":
    case "unconfirmed":
    case "skipped":
      return { kind: state.kind, at };
    default:
      return state satisfies never;
  }
}
