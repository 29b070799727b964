/**
 * Command patterns in a trust file, which restrict the commands of a key. In `/usr/bin/systemctl
 * restart *` the star is any one word; in `journalctl --unit **` two stars are any further words,
 * or none; quoted text, as in `logger 'two words' "*"`, is literal.
 *
 * Words are separated by spaces. Quotes of either kind may stand anywhere in a word; inside them
 * only the closing quote has a meaning, so there is no escape character. `*` and `**` have a
 * meaning only as whole, unquoted words; a `*` in any other unquoted place is an error, not a glob.
 * @module
 */

import { PatternError } from "../errors.ts";
import { quoteUntrusted } from "../../base/untrusted_text.ts";

/** One word of a pattern after the program. */
export type PatternWord =
  /** Exactly this word. */
  | { readonly kind: "literal"; readonly text: string }
  /** Any one word. */
  | { readonly kind: "any" }
  /** All further words, or none. Allowed as the last word only. */
  | { readonly kind: "rest" };

/** A parsed pattern. */
export interface CommandPattern {
  /** The pattern as written. */
  readonly text: string;
  /** The program: an absolute path, or a plain name that is looked up in a fixed PATH. */
  readonly program: string;
  /** The words after the program. */
  readonly words: readonly PatternWord[];
}

/** The longest pattern, in characters. */
export const MAX_PATTERN_LENGTH = 4_096;

/** The look-up of plain names such as `systemctl`. */
export interface CommandMatchOptions {
  /** Returns the path in a fixed list of folders, never in PATH; `undefined` if there is none. */
  readonly resolve: (name: string) => string | undefined;
}

/**
 * Parses a pattern.
 * @throws {PatternError} if it is malformed
 */
export function parseCommandPattern(text: string): CommandPattern {
  if (text.length > MAX_PATTERN_LENGTH) {
    throw new PatternError(`pattern is longer than ${MAX_PATTERN_LENGTH} characters`);
  }
  const [program, ...words] = splitWords(text).map(toPatternWord);
  if (program === undefined) throw new PatternError("pattern is empty");
  // check: pattern-literal
  if (program.kind !== "literal") throw new PatternError("pattern has no program");
  const problem = checkProgramName(program.text);
  if (problem !== undefined) throw new PatternError(problem);
  if (words.slice(0, -1).some((word) => word.kind === "rest")) { // check: pattern-rest
    throw new PatternError('"**" must be the last word');
  }
  return { text, program: program.text, words };
}

/**
 * Returns whether `pattern` allows `argv`. Programs are compared as paths: a plain name on either
 * side is resolved first. An unknown name, or a path that is not absolute and clean, matches
 * nothing.
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
 * Returns why `program` is not an absolute path without empty, `.` or `..` parts, or a plain name
 * without `/`; `undefined` if it is.
 */
export function checkProgramName(program: string): string | undefined {
  if (program === "") return "program name is empty"; // check: program-name
  if (program.includes("\0")) return "program holds a NUL"; // check: program-nul
  const parts = program.split("/");
  if (parts.length > 1 && parts[0] !== "") { // check: program-relative
    return `program ${quoteUntrusted(program)} is neither an absolute path nor a plain name`;
  }
  const isPath = parts.length > 1;
  // check: program-parts
  if (parts.slice(isPath ? 1 : 0).some((part) => part === "" || part === "." || part === "..")) {
    return `program ${quoteUntrusted(program)} is not a normalised path`;
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
    `"*" must be a whole word: quote a literal "*" in ${quoteUntrusted(text)}`,
  );
}

/** Splits into words. A word is a run of quoted and unquoted pieces. */
function splitWords(text: string): RawWord[] {
  const words: RawWord[] = [];
  const token = /'([^']*)'|"([^"]*)"|([^ '"]+)|( +)/y;
  let word: RawWord | undefined;
  while (token.lastIndex < text.length) {
    const at = token.lastIndex;
    const match = token.exec(text);
    if (match === null) {
      throw new PatternError(`missing closing quote: ${quoteUntrusted(text.slice(at))}`);
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
