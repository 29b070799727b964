/**
 * What would be done, in words: the answer to a request of mode `check`.
 * Imports `envelope` and its siblings.
 * @module
 */
import type { Request, Run } from "../envelope/statements/request.ts";
import type { ExecFailure } from "./command.ts";
import { interpreterOf } from "./script_interpreter.ts";

/** What would be run, and how. */
export interface Rehearsal {
  /** What is run, in the words of {@linkcode nameOf}. */
  readonly what: string;
  /** Whom it would run as. */
  readonly user: string;
  /** How long it would wait before, in milliseconds. */
  readonly delayMs: number;
  /** What would undo it, if anything. */
  readonly undo: Request["undo"] | undefined;
  /** Whether it would outlive the agent. */
  readonly survive: boolean;
}

/** What `run` is called; a script may be one that nothing can interpret. */
export function nameOf(
  run: Run,
): { readonly kind: "named"; readonly name: string } | ExecFailure {
  if (run.kind !== "script") return { kind: "named", name: "it" };
  const found = interpreterOf(Uint8Array.fromBase64(run.script));
  if (found.kind === "failed") return found;
  return { kind: "named", name: `the script with ${found.words.join(" ")}` };
}

/** One phrase about what would be done. */
export function summaryOf({ what, user, delayMs, undo, survive }: Rehearsal): string {
  const delay = delayMs === 0 ? "" : `, after ${(delayMs / 1_000).toFixed(1)} s`;
  const undoing = undo ? `, undone unless confirmed within ${undo.withinMs / 1_000} s` : "";
  return `${what} as ${user}${delay}${undoing}${survive ? ", even without its agent" : ""}`;
}
