/**
 * What the agent says of how a request ended, kept short: a reason may hold a path or a message of the
 * system's, and those can be long. Pure; imports `envelope`.
 * @module
 */
import type { Outcome } from "../envelope/statements/result.ts";
import { utf8Length } from "../envelope/encoding/schema.ts";

/** The most bytes that a result has for a reason. */
const MAX_REASON_BYTES = 1_024;

/** `outcome` with texts that fit into a result, a log and an audit log. */
export function boundedOutcome(outcome: Outcome): Outcome {
  switch (outcome.kind) {
    case "refused":
    case "lost":
      return { ...outcome, reason: boundedText(outcome.reason) };
    case "undone":
      return { ...outcome, reason: boundedText(outcome.reason), said: boundedText(outcome.said) };
    case "allowed":
      return { ...outcome, rule: boundedText(outcome.rule), summary: boundedText(outcome.summary) };
    default:
      return outcome;
  }
}

/** `text` as a result may carry it: without NUL and not too long. */
export function boundedText(text: string): string {
  const clean = text.toWellFormed().replaceAll("\0", "\ufffd");
  if (utf8Length(clean) <= MAX_REASON_BYTES) return clean;
  // No character takes more than three bytes for each of its UTF-16 units.
  return `${clean.slice(0, Math.floor(MAX_REASON_BYTES / 3) - 1).toWellFormed()}...`;
}
