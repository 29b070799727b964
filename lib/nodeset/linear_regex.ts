/**
 * Regular expressions whose matching time is bounded by the length of the text times 2,000, whatever
 * the expression: a simulation of all states at once (Thompson 1968), without backtracking. Imports
 * its siblings. The syntax is in `regex_syntax.ts`.
 *
 * The language's own `RegExp` backtracks, and no simple rule about its patterns bounds that: even
 * without nested quantifiers, `.*.*.*.*x` costs the fourth power of the length of the text.
 * @module
 */

import { TargetError } from "./errors.ts";
import { MAX_REGEX_LENGTH, MAX_REGEX_STATES } from "./limits.ts";
import { type CharacterSet, readRegex, type RegexNode } from "./regex_syntax.ts";
import { Scanner } from "./scanner.ts";

type State =
  & { readonly id: number }
  & (
    | { readonly kind: "characters"; readonly set: CharacterSet; readonly next: State }
    | { readonly kind: "start" | "end"; readonly next: State }
    | { readonly kind: "fork"; readonly to: readonly State[] }
    | { readonly kind: "accept" }
  );

/** Where in the text a state is entered. */
interface Edge {
  readonly isStart: boolean;
  readonly isEnd: boolean;
}

/** A compiled regular expression. */
export class LinearRegex {
  readonly #first: State;

  /**
   * Compiles `source`.
   * @throws {TargetError} if it is empty, longer than 200 characters, too large once counted repeats
   * are written out, or not of the subset
   */
  constructor(source: string) {
    const scan = new Scanner(source);
    if (source === "") scan.fail("regular expression is empty");
    if (source.length > MAX_REGEX_LENGTH) {
      const problem = `regular expression is longer than ${MAX_REGEX_LENGTH} characters`;
      scan.fail(problem, MAX_REGEX_LENGTH);
    }
    this.#first = new StateMaker(source).make(readRegex(scan));
  }

  /**
   * Tells whether any part of `text` matches, as Choria and pdsh search: only `^` and `$` tie a match
   * to the beginning and the end. Upper and lower case differ.
   */
  test(text: string): boolean {
    const characters = Array.from(text, (character) => character.codePointAt(0) ?? 0);
    let states: readonly State[] = [];
    for (let at = 0; at <= characters.length; at++) {
      const edge = { isStart: at === 0, isEnd: at === characters.length };
      const reached = closure([...states, this.#first], edge);
      if (reached === "accepted") return true;
      states = step(reached, characters[at]);
    }
    return false;
  }
}

/**
 * Refuses a regular expression that stands at `position` of the text being read.
 * @throws {TargetError} if {@linkcode LinearRegex} does not accept `source`
 */
export function checkRegex(scan: Scanner, source: string, position: number): void {
  try {
    new LinearRegex(source);
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    scan.fail(error.message, position + error.position);
  }
}

/** All states that can be reached without taking a character. */
function closure(from: readonly State[], edge: Edge): readonly State[] | "accepted" {
  const seen = new Set<number>();
  const waiting: State[] = [];
  const todo = [...from];
  for (let state = todo.pop(); state !== undefined; state = todo.pop()) {
    if (seen.has(state.id)) continue;
    seen.add(state.id);
    if (state.kind === "accept") return "accepted";
    if (state.kind === "characters") waiting.push(state);
    else todo.push(...passOn(state, edge));
  }
  return waiting;
}

function passOn(state: State, { isStart, isEnd }: Edge): readonly State[] {
  switch (state.kind) {
    case "fork":
      return state.to;
    case "start":
      return isStart ? [state.next] : [];
    case "end":
      return isEnd ? [state.next] : [];
    case "characters":
    case "accept":
      return [];
    default:
      return state satisfies never;
  }
}

/** The states after taking the character `code`. */
function step(states: readonly State[], code: number | undefined): State[] {
  if (code === undefined) return [];
  return states.flatMap((state) =>
    state.kind === "characters" && holds(state.set, code) ? [state.next] : []
  );
}

function holds({ isNegated, ranges }: CharacterSet, code: number): boolean {
  return ranges.some(([first, last]) => code >= first && code <= last) !== isNegated;
}

/** Makes the states of an expression from its end to its beginning. */
class StateMaker {
  readonly #source: string;
  #count = 0;

  constructor(source: string) {
    this.#source = source;
  }

  /** Makes all states of `node`; the last one accepts. */
  make(node: RegexNode): State {
    return this.#link(node, { kind: "accept", id: this.#id() });
  }

  #link(node: RegexNode, next: State): State {
    const id = this.#id(); // spent by every visit, so that repeats of nothing are bounded as well
    switch (node.kind) {
      case "characters":
        return { kind: "characters", set: node.set, next, id };
      case "start":
      case "end":
        return { kind: node.kind, next, id };
      case "sequence":
        return node.items.reduceRight((after, item) => this.#link(item, after), next);
      case "choice":
        return this.#fork(node.items.map((item) => this.#link(item, next)));
      case "repeat":
        return this.#repeat(node, next);
      default:
        return node satisfies never;
    }
  }

  #repeat({ item, min, max }: RegexNode & { kind: "repeat" }, next: State): State {
    let state = max === Infinity ? this.#loop(item, next) : next;
    for (let copy = min; copy < max && max !== Infinity; copy++) {
      state = this.#fork([this.#link(item, state), next]);
    }
    for (let copy = 0; copy < min; copy++) state = this.#link(item, state);
    return state;
  }

  #loop(item: RegexNode, next: State): State {
    const to = [next];
    const again = this.#fork(to);
    to.push(this.#link(item, again));
    return again;
  }

  #fork(to: readonly State[]): State {
    return { kind: "fork", to, id: this.#id() };
  }

  #id(): number {
    if (this.#count === MAX_REGEX_STATES) {
      const problem = "regular expression is too large once its repeats are written out";
      throw new TargetError(problem, { input: this.#source, position: 0 });
    }
    return this.#count++;
  }
}
