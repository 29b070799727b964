/**
 * A scanner over one text, whose errors point at the wrong character. Also quoted text, and the
 * checks of a whole text before it is parsed.
 *
 * Either quote opens a quoted text such as `"Debian GNU/Linux"`; inside, the same quote is written
 * twice. A backslash stands for itself, so that regular expressions need no second escaping.
 * @module
 */
import { encodeUtf8 } from "../../base/bytes.ts";
import { INVISIBLE_CHARACTER } from "../../base/untrusted_text.ts";
import { TargetError } from "./errors.ts";

/** Reads one text from left to right. */
export class Scanner {
  /** The whole text. */
  readonly input: string;
  #at = 0;

  /** Starts at the first character of `input`. */
  constructor(input: string) {
    this.input = input;
  }

  /** The offset of the next character, in UTF-16 units. */
  get at(): number {
    return this.#at;
  }

  /** Whether everything has been read. */
  get done(): boolean {
    return this.#at >= this.input.length;
  }

  /** Shows the next character (one code point) without taking it; empty at the end. */
  peek(): string {
    const code = this.input.codePointAt(this.#at);
    return code === undefined ? "" : String.fromCodePoint(code);
  }

  /** Takes the next character (one code point); empty at the end. */
  next(): string {
    const character = this.peek();
    this.#at += character.length;
    return character;
  }

  /** Takes `text` if it comes next; returns whether it did. */
  accept(text: string): boolean {
    if (!this.input.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  /** Takes the match of `pattern`, a sticky regular expression; empty without a match. */
  match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const text = pattern.exec(this.input)?.[0] ?? "";
    this.#at += text.length;
    return text;
  }

  /** Takes any spaces that come next. */
  skipSpaces(): void {
    while (this.input[this.#at] === " ") this.#at++;
  }

  /**
   * Refuses the text because of the character at `position`.
   * @throws {TargetError} always
   */
  fail(problem: string, position: number = this.#at): never {
    throw new TargetError(problem, { input: this.input, position });
  }

  /**
   * Refuses the text because of the next character.
   * @throws {TargetError} always
   */
  failUnexpected(expected: string): never {
    const found = this.done ? "the end" : JSON.stringify(this.peek());
    return this.fail(`expected ${expected}, found ${found}`);
  }
}

/** Returns whether a quoted text comes next. */
export function startsQuoted(scan: Scanner): boolean {
  return scan.peek() === `"` || scan.peek() === "'";
}

/**
 * Reads a quoted text.
 * @throws {TargetError} if its end is missing
 */
export function readQuoted(scan: Scanner): string {
  const at = scan.at;
  const quote = scan.next();
  const raw = scan.match(quote === `"` ? /(?:[^"]|"")*/y : /(?:[^']|'')*/y);
  if (!scan.accept(quote)) scan.fail("missing closing quote", at);
  return raw.replaceAll(quote + quote, quote);
}

/** Writes `text` between double quotes; {@linkcode readQuoted} reads it back. */
export function printQuoted(text: string): string {
  return `"${text.replaceAll(`"`, `""`)}"`;
}

/**
 * Refuses a text that is too long, empty, or holds an invisible character.
 * @throws {TargetError} if so
 */
export function requireTargetText(scan: Scanner, maxBytes: number): void {
  const { input } = scan;
  if (input.length > maxBytes || encodeUtf8(input).length > maxBytes) {
    scan.fail(`target is longer than ${maxBytes} bytes`, 0);
  }
  const invisible = INVISIBLE_CHARACTER.exec(input);
  if (invisible !== null) {
    const code = (invisible[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
    scan.fail(`invisible character U+${code} in the target`, invisible.index);
  }
  if (input.trim() === "") scan.fail("target is empty", 0);
}
