/**
 * What whoever follows a job is told, whether it happens now or was written down before.
 * Imports `envelope` types.
 * @module
 */
import type { Output } from "../envelope/session.ts";
import type { HostState } from "./host_state.ts";

/** The state of a host, and since when, in Unix milliseconds by the hub's clock. */
export type HostNews =
  & { readonly at: number }
  & (
    | { readonly kind: "pending" | "delivered" | "started" | "unconfirmed" }
    | { readonly kind: "skipped" }
    | { readonly kind: "expired"; readonly reason?: string }
    | { readonly kind: "lost"; readonly reason: string }
    /** The agent has signed how it ended. */
    | { readonly kind: "ended"; readonly envelope: Uint8Array }
  );

/** A piece of what a host has printed. */
export interface OutputNews extends Pick<Output, "stream" | "bytes"> {
  /** Where the piece begins, counted over its stream. Behind a gap, what was not kept is missing. */
  readonly offset: number;
}

/** Whoever follows a job. Its functions must not throw. */
export interface JobFollower {
  /** `node` is in another state. Final states come after all of the host's output. */
  state(node: string, news: HostNews): void;
  /** `node` has printed something; a promise, which must not reject, slows the host down. */
  output(node: string, output: OutputNews): Promise<void> | void;
  /** All hosts are in final states, and everything has been told. */
  over(): void;
}

/** A state as news. */
export function newsOf(state: HostState, at: number): HostNews {
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
