/**
 * Command patterns in a trust file: which arguments a key may run. In `/usr/bin/systemctl restart
 * *` the star is any one word; in `journalctl --unit **` two stars are any further words, or none;
 * quoted text, as in `logger 'two words' "*"`, stands for itself.
 *
 * Words are separated by spaces. Quotes of either kind may stand anywhere in a word; inside them
 * only the closing quote has a meaning, so there is no escape character. `*` and `**` have a
 * meaning only as whole, unquoted words; a `*` in any other unquoted place is an error, not a glob.
 * @module
 */

import { PatternError } from "../errors.ts";
import { quoteUntrusted } from "../../base/untrusted_text.ts";

/** One word of a pattern behind the program. */
export type PatternWord =
  /** Exactly this word. */
  | { readonly kind: "literal"; readonly text: string }
  /** Any one word. */
  | { readonly kind: "any" }
  /** All words that are left, perhaps none. Only the last. */
  | { readonly kind: "rest" };

/** A pattern that was read. */
export interface CommandPattern {
  /** The pattern as it was written. */
  readonly text: string;
  /** The program: an absolute path, or a plain name to be looked up in a fixed PATH. */
  readonly program: string;
  /** What must stand behind it. */
  readonly words: readonly PatternWord[];
}

/** The longest pattern, in characters. */
export const MAX_PATTERN_LENGTH = 4_096;

/** How a plain name such as `systemctl` becomes a path. */
export interface CommandMatchOptions {
  /** Looks in a fixed list of folders, never in the environment's; `undefined` if there is none. */
  readonly resolve: (name: string) => string | undefined;
}

/**
 * Reads a pattern.
 * @throws {PatternError} if it is none
 */
export function parseCommandPattern(text: string): CommandPattern {
  if (text.length > MAX_PATTERN_LENGTH) {
    throw new PatternError(`pattern is longer than ${MAX_PATTERN_LENGTH} characters`);
  }
  const [program, ...words] = splitWords(text).map(toPatternWord);
  if (program === undefined) throw new PatternError("pattern is empty");
  // check: pattern-literal
  if (program.kind !== "literal") throw new PatternError("pattern names no program");
  const problem = checkProgramName(program.text);
  if (problem !== undefined) throw new PatternError(problem);
  if (words.slice(0, -1).some((word) => word.kind === "rest")) { // check: pattern-rest
    throw new PatternError('"**" must be the last word');
  }
  return { text, program: program.text, words };
}

/**
 * Tells whether `pattern` allows `argv`, in one pass from left to right. Programs are compared as
 * paths: a plain name on either side is resolved first, and one that resolves to nothing, or a path
 * that is not absolute and clean, matches nothing.
 */
export function matchesCommand(
  { pattern, argv }: { readonly pattern: CommandPattern; readonly argv: readonly string[] },
  { resolve }: CommandMatchOptions,
): boolean {
  const [program = "", ...words] = argv;
  if (checkProgramName(program) !== undefined) return false; // check: pattern-form
  const path = toPath(program, resolve);
  // check: pattern-program
  if (path === undefined || path !== toPath(pattern.program, resolve)) return false;
  const open = pattern.words.at(-1)?.kind === "rest";
  const fixed = open ? pattern.words.slice(0, -1) : pattern.words;
  // check: pattern-count
  if (open ? words.length < fixed.length : words.length !== fixed.length) return false;
  // check: pattern-words
  return fixed.every((word, index) => word.kind !== "literal" || word.text === words[index]);
}

/**
 * Says what keeps `program` from naming one file: it must be an absolute path without empty, `.` or
 * `..` parts, or a plain name without `/`. Nothing if it does.
 */
export function checkProgramName(program: string): string | undefined {
  if (program === "") return "program has no name"; // check: program-name
  if (program.includes("\0")) return "program holds a NUL"; // check: program-nul
  const parts = program.split("/");
  if (parts.length > 1 && parts[0] !== "") { // check: program-relative
    return `program ${quoteUntrusted(program)} is neither an absolute path nor a plain name`;
  }
  const isPath = parts.length > 1;
  // check: program-parts
  if (parts.slice(isPath ? 1 : 0).some((part) => part === "" || part === "." || part === "..")) {
    return `program ${quoteUntrusted(program)} is not a clean path`;
  }
  return undefined;
}

function toPath(program: string, resolve: CommandMatchOptions["resolve"]): string | undefined {
  return program.startsWith("/") ? program : resolve(program);
}

interface RawWord {
  readonly text: string;
  /** Whether an unquoted `*` is in it. */
  readonly star: boolean;
}

function toPatternWord({ text, star }: RawWord): PatternWord {
  if (!star) return { kind: "literal", text };
  if (text === "*") return { kind: "any" };
  if (text === "**") return { kind: "rest" };
  throw new PatternError(
    `"*" stands for a whole word; quote it in ${quoteUntrusted(text)} to mean itself`,
  );
}

/** A word is a run of quoted and unquoted pieces; the pieces of `token` are its three forms. */
function splitWords(text: string): RawWord[] {
  const words: RawWord[] = [];
  const token = /'([^']*)'|"([^"]*)"|([^ '"]+)|( +)/y;
  let word: RawWord | undefined;
  while (token.lastIndex < text.length) {
    const at = token.lastIndex;
    const match = token.exec(text);
    if (match === null) {
      throw new PatternError(`quote is not closed: ${quoteUntrusted(text.slice(at))}`);
    }
    const [, single, double, bare, space] = match;
    if (space !== undefined) {
      if (word) words.push(word);
      word = undefined;
      continue;
    }
    word = {
      text: (word?.text ?? "") + (single ?? double ?? bare),
      star: (word?.star ?? false) || bare?.includes("*") === true,
    };
  }
  return word ? [...words, word] : words;
}
