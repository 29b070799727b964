/**
 * The types of a decision about one message that asks the agent to run a command: the admitted job,
 * a refusal, and the other answers of the gate.
 * @module
 */
import type { Run, StreamedInput } from "../../envelope/statements/request.ts";
import type { Undo } from "../../envelope/statements/request.ts";
import type { SecretValues } from "../../envelope/statements/secrets.ts";

/** A command that may run: nothing but a gate makes one, and nothing else can be run. */
export interface AdmittedJob {
  /** The id of the request, 32 hex digits. */
  readonly id: string;
  /** Hex SHA-256 of what was asked. */
  readonly digest: string;
  /** The ids of the keys that signed it; none for a command of the first program. */
  readonly signers: readonly string[];
  /** Which rule lets it run, for people. */
  readonly rule: string;
  /**
   * When it was issued, in ms since 1970. It must not run before: an operator's clock may be ahead,
   * and a journal that is lost before that time would let the request in again.
   */
  readonly notBefore: number;
  /** The last moment at which it may begin to run, in ms since 1970; `Infinity` if there is none. */
  readonly notAfter: number;
  /** How long to wait before it begins, in milliseconds; not at all if absent. */
  readonly delayMs?: number;
  /** What is to be run. */
  readonly run: Run;
  /** Whom to run as; the agent's own user if absent. */
  readonly user?: string;
  /** Where to run; `/` if absent. */
  readonly cwd?: string;
  /** Environment variables on top of the agent's fixed ones. */
  readonly env?: Readonly<Record<string, string>>;
  /** More environment variables, whose values must not be seen by anybody else. */
  readonly secrets?: SecretValues;
  /** What the command reads on standard input; nothing if absent. */
  readonly stdin?: Uint8Array;
  /** Instead of that: what it reads comes while it runs. */
  readonly input?: StreamedInput;
  /** How long it may run, in milliseconds. */
  readonly timeoutMs: number;
  /** How many bytes are kept of each output stream; `null` keeps all. */
  readonly maxOutput: number | null;
  /** Why it is run, in the operator's words. */
  readonly note?: string;
  /** What undoes it where it fails or nobody confirms it. */
  readonly undo?: Undo;
  /** Whether the command outlives the agent. */
  readonly survive: boolean;
}

/** Why a request that was meant for this host is not run. */
export interface Refusal {
  /** Which rule said no, for programs: a few lower-case words with dashes. */
  readonly code: string;
  /** Why, for people. */
  readonly reason: string;
}

/** The reason for which most messages are ignored, and which means no harm. */
export const FOR_ANOTHER_HOST = "for another host";

/** The decision. */
export type Admission =
  /** It is on disk and runs now. */
  | { readonly kind: "run"; readonly id: string; readonly job: AdmittedJob }
  /** It was meant for this host and is not run; the answer is signed. */
  | {
    readonly kind: "refuse";
    readonly id: string;
    readonly digest: string;
    readonly refusal: Refusal;
  }
  /** Asked what would happen: it would run. */
  | {
    readonly kind: "allow";
    readonly id: string;
    readonly digest: string;
    readonly rule: string;
    readonly summary: string;
  }
  /** It came before: whatever is known of it is on its way already. */
  | { readonly kind: "repeated"; readonly id: string; readonly digest: string }
  /** It was not meant for this host, or nobody knows who sent it: no answer. */
  | { readonly kind: "ignore"; readonly reason: string };
