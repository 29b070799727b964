/**
 * Turns any error into one line and, where there is one, a hint and an excerpt with the position in
 * the user's text. Causes and stacks are shown with `--verbose` only.
 * @module
 */

import { UserError } from "../../base/errors.ts";
import { TargetError } from "../../nodeset/mod.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { TextPosition } from "../../nodeset/parsing/errors.ts";
import { escapeText } from "../terminal/escape.ts";

/** The description of an error for the user. */
export interface ErrorDescription {
  /** The error: a phrase, one line, lower case, no final period. */
  readonly message: string;
  /** The remedy, if it is known. */
  readonly hint?: string;
  /** Lines that show the position in the user's text. */
  readonly excerpt?: readonly string[];
}

/** Writes `error` to stderr; with `verbose` also its causes and stacks. */
export function reportError(
  terminal: Terminal,
  error: unknown,
  options: { readonly verbose: boolean },
): void {
  const { message, hint, excerpt = [] } = describeError(error);
  terminal.error(message);
  for (const line of excerpt) terminal.note(line);
  if (hint !== undefined) terminal.hint(hint);
  if (!options.verbose) return;
  for (const line of errorDetails(error)) terminal.log(line);
}

/** Returns the error in one line, and a hint. */
export function describeError(error: unknown): ErrorDescription {
  if (!(error instanceof Error)) return internalError(String(error));
  if (error instanceof AggregateError && error.errors.length > 0) return describeAll(error.errors);
  if (error instanceof Deno.errors.NotCapable) return describeMissingPermission(error);
  const known = KNOWN_ERRORS[error.name];
  if (known !== undefined) return { message: toPhrase(error.message), ...known };
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  if (code === "ERR_SQLITE_ERROR") return { message: `state store: ${toPhrase(error.message)}` };
  if (code?.startsWith("E") && !code.startsWith("ERR_")) {
    return { message: toPhrase(error.message) };
  }
  if (BUG_ERROR_NAMES.has(error.name)) return internalError(error.message || error.name);
  return describeOwnError(error);
}

/** Describes an error of our own classes. Their messages are written for users. */
function describeOwnError(error: Error): ErrorDescription {
  const isHinted = error instanceof UserError || error instanceof TargetError;
  const hint = isHinted ? error.hint : undefined;
  const described = { message: toPhrase(error.message), ...(hint !== undefined && { hint }) };
  return error instanceof TargetError ? withPosition(described, error) : described;
}

function withPosition(described: ErrorDescription, error: TargetError): ErrorDescription {
  const message = `${described.message}, at ${positionText(error)}`;
  return { ...described, message, excerpt: excerptLines(error) };
}

/** Returns the causes and stacks of `error` as lines, for `--verbose`. */
export function errorDetails(error: unknown): readonly string[] {
  const lines: string[] = [];
  const seen = new Set<unknown>();
  for (let cause = error; cause !== undefined && !seen.has(cause);) {
    seen.add(cause);
    const text = cause instanceof Error
      ? cause.stack ?? `${cause.name}: ${cause.message}`
      : String(cause);
    const label = cause === error ? "" : "Caused by: ";
    lines.push(...`${label}${text}`.split("\n"));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return lines;
}

/** Errors of Deno and of the web platform that users can see. `message` replaces the original. */
const KNOWN_ERRORS: Readonly<Record<string, Partial<ErrorDescription>>> = {
  AddrInUse: {
    message: "address already in use",
    hint: "stop the other program, or choose another address with --listen",
  },
  AddrNotAvailable: { message: "address does not belong to this machine" },
  ConnectionRefused: { message: "connection refused" },
  PermissionDenied: {},
  NotFound: {},
  AlreadyExists: {},
  NotADirectory: {},
  IsADirectory: {},
  TimedOut: {},
  ConnectionReset: {},
  ConnectionAborted: {},
  NotConnected: {},
  AbortError: { message: "interrupted" },
  TimeoutError: { message: "timed out" },
};

/** Errors that are bugs of the program, not mistakes of the user. */
const BUG_ERROR_NAMES: ReadonlySet<string> = new Set([
  "AggregateError",
  "Error",
  "EvalError",
  "RangeError",
  "ReferenceError",
  "SyntaxError",
  "TypeError",
  "URIError",
]);

function internalError(message: string): ErrorDescription {
  return {
    message: `internal error: ${toPhrase(message)}`,
    hint: "report this bug with the output of --verbose",
  };
}

/**
 * Describes a missing permission. Replaces Deno's advice to add a flag, which does not apply to an
 * executable.
 */
function describeMissingPermission({ message }: Error): ErrorDescription {
  const what = /^Requires (.*?), (?:run|specify) /.exec(message)?.[1] ?? message;
  return {
    message: `not permitted: ${toPhrase(what)}`,
    hint: "start or build the program with this permission",
  };
}

function describeAll(errors: readonly unknown[]): ErrorDescription {
  const descriptions = errors.map(describeError);
  const hint = descriptions.find((description) => description.hint !== undefined)?.hint;
  const message = [...new Set(descriptions.map((each) => each.message))].join("; ");
  return { message, ...(hint === undefined ? {} : { hint }) };
}

/**
 * Converts a message to a phrase: one line without a final period, without the prefix "EACCES:" and
 * the suffix "(os error 13)". Lowers the first letter unless the word is an acronym or a name.
 */
function toPhrase(message: string): string {
  const text = message.replace(/^E[A-Z]+: /, "").replace(/ \(os error \d+\)/, "")
    .replace(/\s*\n\s*/g, " ").trim().replace(/\.$/, "");
  return /^[A-Z][a-z]+\b/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

/** The length of the excerpt on either side of the character, in UTF-16 units. */
const CONTEXT = 40;

/** Returns the position: `character 7`, or `line 3, character 7` in a text of several lines. */
export function positionText({ input, position }: TextPosition): string {
  const before = input.slice(0, position);
  const start = before.lastIndexOf("\n") + 1;
  const character = `character ${position - start + 1}`;
  return input.includes("\n") ? `line ${before.split("\n").length}, ${character}` : character;
}

/**
 * Returns two lines: the text around the character, and a caret below it. Returns none for an empty
 * line.
 */
export function excerptLines({ input, position }: TextPosition): readonly string[] {
  const start = input.lastIndexOf("\n", position - 1) + 1;
  const newline = input.indexOf("\n", position);
  const end = newline < 0 ? input.length : newline;
  if (input.slice(start, end).trim() === "") return [];
  const from = Math.max(start, position - CONTEXT);
  const to = Math.min(end, position + CONTEXT);
  const left = (from > start ? "…" : "") + escapedPart(input.slice(from, position));
  const right = escapedPart(input.slice(position, to)) + (to < end ? "…" : "");
  return [`  ${left}${right}`, `  ${" ".repeat(left.length)}^`];
}

function escapedPart(text: string): string {
  return escapeText(text, Infinity);
}
