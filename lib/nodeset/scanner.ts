/**
 * A place in a text that is being read, and the errors that point at it. Imports `errors.ts`.
 * @module
 */

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

  /** Takes `text` if it comes next; says whether it did. */
  accept(text: string): boolean {
    if (!this.input.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  /** Takes what `pattern`, a sticky regular expression, matches here; empty if nothing. */
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
   * Refuses the text because of the next character, whatever it is.
   * @throws {TargetError} always
   */
  failUnexpected(expected: string): never {
    const found = this.done ? "the end" : JSON.stringify(this.peek());
    return this.fail(`expected ${expected}, found ${found}`);
  }
}
