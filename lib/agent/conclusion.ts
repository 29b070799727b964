/**
 * What a command came to, in the words of results. Pure. Imports `envelope` and its siblings.
 * @module
 */
import type { Outcome, OutputSummary } from "../envelope/statements/result.ts";
import type { ExecEnd, StreamName, StreamReport } from "./command.ts";
import type { Figures } from "./result_signer.ts";

/** What a result says. */
export interface Conclusion {
  /** How it ended. */
  readonly outcome: Outcome;
  /** The figures of the command, if there are any. */
  readonly figures?: Figures;
}

/** How many bytes of each stream nobody has got, because the command was called off. */
export type Dropped = Record<StreamName, number>;

/** An end after which nobody goes on with the command. */
export type ConclusiveEnd = Exclude<ExecEnd, { readonly kind: "left" }>;

/** What the result of a command that ended like this says. */
export function conclusionOf(end: ConclusiveEnd, dropped: Dropped): Conclusion {
  if (!("report" in end)) return { outcome: outcomeOf(end) };
  const { startMs, endMs, stdout, stderr } = end.report;
  const [out, err] = [summary(stdout, dropped.stdout), summary(stderr, dropped.stderr)];
  return { outcome: outcomeOf(end), figures: { startMs, endMs, out, err } };
}

/** The outcome of what was not run. */
export function refused(code: string, reason: string): Outcome {
  return { kind: "refused", code, reason };
}

function outcomeOf(end: ConclusiveEnd): Outcome {
  switch (end.kind) {
    case "exited":
      return { kind: "exited", code: end.code };
    case "signalled":
      return { kind: "signalled", signal: end.signal };
    case "failed":
      return refused(end.reason, end.message);
    case "lost":
      return { kind: "lost", reason: end.reason };
    case "timeout":
    case "cancelled":
      return { kind: end.kind };
    default:
      return end satisfies never;
  }
}

function summary({ bytes, kept, sha256 }: StreamReport, dropped: number): OutputSummary {
  return { bytes, kept: Math.max(0, kept - dropped), sha256 };
}
