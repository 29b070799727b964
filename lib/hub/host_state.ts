/**
 * The states of one host in a job. Imports `envelope` types.
 * @module
 */
import type { Verified } from "../envelope/signing/verify_envelope.ts";
import type { Result } from "../envelope/statements/result.ts";

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
