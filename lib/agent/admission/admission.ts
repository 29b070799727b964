/**
 * Types of the gate's decisions: an admitted job, a refusal, a dry run, a repeat or a message to
 * ignore.
 * @module
 */
import type { Run, StreamedInput, Undo } from "../../envelope/statements/request.ts";
import type { SecretValues } from "../../envelope/statements/secrets.ts";

/** A command that may run. Only a gate creates one, and nothing else can be run. */
export interface AdmittedJob {
  /** The id of the request, 32 hex digits. */
  readonly id: string;
  /** Hex SHA-256 of the signed body. */
  readonly digest: string;
  /** Key ids of the signers; empty for an unsigned (legacy) command. */
  readonly signers: readonly string[];
  /** The policy rule that admits it, for people. */
  readonly rule: string;
  /**
   * The time of issue, in ms since 1970. The job must not run before: an operator's clock may be
   * ahead, and a journal lost before that time would admit the request again.
   */
  readonly notBefore: number;
  /** The latest start time, in ms since 1970; `Infinity` if there is none. */
  readonly notAfter: number;
  /** The delay before the start, in milliseconds; none if absent. */
  readonly delayMs?: number;
  /** Whether it waits for a signed release; never if absent. */
  readonly hold?: true;
  /** The program, shell text or script to run. */
  readonly run: Run;
  /** The user to run as; the agent's own user if absent. */
  readonly user?: string;
  /** The working folder; `/` if absent. */
  readonly cwd?: string;
  /** Environment variables on top of the agent's fixed ones. */
  readonly env?: Readonly<Record<string, string>>;
  /** Secret environment variables. Their values are masked in the output and never stored. */
  readonly secrets?: SecretValues;
  /** The command's standard input; empty if absent. */
  readonly stdin?: Uint8Array;
  /** Streamed standard input, instead of `stdin`. */
  readonly input?: StreamedInput;
  /** The time limit, in milliseconds. */
  readonly timeoutMs: number;
  /** The bytes to keep of each output stream; `null` keeps all. */
  readonly maxOutput: number | null;
  /** The operator's reason for the command. */
  readonly note?: string;
  /** The rollback command, run on failure or if no operator confirms in time. */
  readonly undo?: Undo;
  /** Whether the command outlives the agent. */
  readonly survive: boolean;
}

/** Why the agent does not run a request for this host. */
export interface Refusal {
  /** The rule that refused it, for programs: a few lower-case words with dashes. */
  readonly code: string;
  /** The reason, for people. */
  readonly reason: string;
}

/** The reason for ignoring most messages. It is harmless. */
export const FOR_ANOTHER_HOST = "for another host";

/** The gate's decision. */
export type Admission =
  /** The request is in the journal, and the command starts. */
  | { readonly kind: "run"; readonly id: string; readonly job: AdmittedJob }
  /** The request is for this host and is refused. The answer is signed. */
  | {
    readonly kind: "refuse";
    readonly id: string;
    readonly digest: string;
    readonly refusal: Refusal;
  }
  /** A dry run: the command would run. */
  | {
    readonly kind: "allow";
    readonly id: string;
    readonly digest: string;
    readonly rule: string;
    readonly summary: string;
  }
  /** A repeat of a known request. The agent sends its present state again. */
  | { readonly kind: "repeated"; readonly id: string; readonly digest: string }
  /** The message is for another host or from an unknown sender. The agent does not answer. */
  | { readonly kind: "ignore"; readonly reason: string };
