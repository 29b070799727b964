/**
 * How a request ended on one host. Pure; imports `lib/envelope`.
 * @module
 */

import {
  type Lost,
  type Outcome,
  type ResultClass,
  resultClass,
} from "../envelope/statements/result.ts";

/**
 * The one state in which every host that was meant ends (`lib/README.md`, Words): what its agent has signed, or
 * what the hub knows of a host that signed nothing. Silence is an outcome too: `lost`, `expired` and
 * `unverified` say why nothing better is known.
 */
export type NodeOutcome =
  | Exclude<Outcome, Lost>
  /** It was delivered, and the agent cannot say how it ended, or went away and has not said. */
  | { readonly kind: "lost"; readonly reason?: string }
  /** It was not delivered in time, or for this `reason`: it did not run. */
  | { readonly kind: "expired"; readonly reason?: string }
  /** Its turn had not come when the rollout was stopped: it did not run. */
  | { readonly kind: "skipped" }
  /** Somebody answered, but nothing proves that it was this host, or that its output is as it was. */
  | { readonly kind: "unverified" };

/** What one host made of one request. */
export interface NodeResult {
  /** The host's name. */
  readonly node: string;
  /** How it ended. */
  readonly outcome: NodeOutcome;
  /** The bytes of stdout that were kept. */
  readonly stdout: Uint8Array;
  /** The bytes of stderr that were kept. */
  readonly stderr: Uint8Array;
  /** How many bytes of both were not kept. */
  readonly droppedBytes: number;
  /** How long the command ran, in milliseconds, if it did. */
  readonly durationMs?: number;
  /** The newest hash of the agent's audit log when it signed the result. */
  readonly auditHead?: string;
}

/** What an outcome means for the operator, and for the exit status. */
export type OutcomeClass = ResultClass | "skipped";

/** The class of an outcome; what is not known for certain to have run counts as `lost`. */
export function outcomeClass(outcome: NodeOutcome): OutcomeClass {
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

/** One text per distinct outcome, for comparing; not for people. */
export function outcomeKey(outcome: NodeOutcome): string {
  switch (outcome.kind) {
    case "exited":
      return `exited ${outcome.code}`;
    case "signalled":
      return `signalled ${outcome.signal}`;
    case "refused":
      return JSON.stringify(["refused", outcome.code, outcome.reason]);
    case "allowed":
      return JSON.stringify(["allowed", outcome.rule, outcome.summary]);
    case "lost":
    case "expired":
      return JSON.stringify([outcome.kind, outcome.reason]);
    case "undone":
      return JSON.stringify(["undone", outcome.reason, outcome.code, outcome.said]);
    case "timeout":
    case "cancelled":
    case "unverified":
    case "skipped":
      return outcome.kind;
    default:
      return outcome satisfies never;
  }
}
