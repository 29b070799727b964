/**
 * Regular expressions in linear time: matching takes at most the length of the text times 2,000
 * steps. All states are simulated at once (Thompson 1968), without
 * backtracking.
 *
 * The language's own `RegExp` backtracks, and no simple rule about its patterns bounds that: even
 * without nested quantifiers, `.*.*.*.*x` costs the fourth power of the length of the text.
 *
 * The subset: literals, `.`, `[a-z]`, `[^a-z]`, `\d \D \w \W \s \S`, `\` before any punctuation,
 * groups `(…)` and `(?:…)`, `|`, `* + ? {m} {m,} {m,n}`, `^` and `$`. Constructs that need
 * backtracking or are easily misread are refused by name: back references, look-around, lazy
 * quantifiers, `\b`.
 * @module
 */
import { TargetError } from "../parsing/errors.ts";
import { MAX_REGEX_LENGTH, MAX_REGEX_STATES } from "../parsing/parse_limits.ts";
import { Scanner } from "../parsing/scanner.ts";

type State =
  & { readonly id: number }
  & (
    | { readonly kind: "characters"; readonly set: CharacterSet; readonly next: State }
    | { readonly kind: "start" | "end"; readonly next: State }
    | { readonly kind: "fork"; readonly to: readonly State[] }
    | { readonly kind: "accept" }
  );

/** Whether a position is the start or the end of the text. */
interface TextBoundary {
  readonly isStart: boolean;
  readonly isEnd: boolean;
}

/** A compiled regular expression. */
export class LinearRegex {
  readonly #first: State;

  /**
   * Compiles `source`.
   * @throws {TargetError} if it is empty, longer than 200 characters, too large with its counted
   * repeats expanded, or not in the subset
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
   * Returns whether any part of `text` matches. Only `^` and `$` tie a match to the beginning and
   * the end, as in Choria and pdsh. Upper and lower case differ.
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
export function requireRegex(scan: Scanner, source: string, position: number): void {
  try {
    new LinearRegex(source);
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    scan.fail(error.message, position + error.position);
  }
}

/** Returns all states that can be reached without taking a character. */
function closure(from: readonly State[], edge: TextBoundary): readonly State[] | "accepted" {
  const seen = new Set<number>();
  const waiting: State[] = [];
  const todo = [...from];
  for (let state = todo.pop(); state !== undefined; state = todo.pop()) {
    if (seen.has(state.id)) continue;
    seen.add(state.id);
    if (state.kind === "accept") return "accepted";
    if (state.kind === "characters") waiting.push(state);
    else todo.push(...followState(state, edge));
  }
  return waiting;
}

function followState(state: State, { isStart, isEnd }: TextBoundary): readonly State[] {
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

/** Returns the states after the character `code`. */
function step(states: readonly State[], code: number | undefined): State[] {
  if (code === undefined) return [];
  return states.flatMap((state) =>
    state.kind === "characters" && includesCode(state.set, code) ? [state.next] : []
  );
}

function includesCode({ isNegated, ranges }: CharacterSet, code: number): boolean {
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
    const id = this.#id(); // one per visit, so that repeats of nothing are bounded as well
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
      const problem = "regular expression is too large with its repeats expanded";
      throw new TargetError(problem, { input: this.#source, position: 0 });
    }
    return this.#count++;
  }
}

/** A set of characters. */
interface CharacterSet {
  /** Whether the set is all characters but `ranges`. */
  readonly isNegated: boolean;
  /** First and last code point of each run, both included. */
  readonly ranges: readonly (readonly [first: number, last: number])[];
}

/** A regular expression as a tree. */
type RegexNode =
  /** One character of a set. */
  | { readonly kind: "characters"; readonly set: CharacterSet }
  /** The beginning or the end of the text. */
  | { readonly kind: "start" | "end" }
  /** All items, one after the other; none is the empty text. */
  | { readonly kind: "sequence"; readonly items: readonly RegexNode[] }
  /** One of the items. */
  | { readonly kind: "choice"; readonly items: readonly RegexNode[] }
  /** `item`, `min` to `max` times; `max` may be infinite. */
  | {
    readonly kind: "repeat";
    readonly item: RegexNode;
    readonly min: number;
    readonly max: number;
  };

type Ranges = CharacterSet["ranges"];

const DIGITS: Ranges = [[0x30, 0x39]];
const WORD: Ranges = [[0x30, 0x39], [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]];
const SPACE: Ranges = [[0x09, 0x0d], [0x20, 0x20]];
const LINE_FEED: Ranges = [[0x0a, 0x0a]];

const CLASSES: ReadonlyMap<string, CharacterSet> = new Map([
  ["d", { isNegated: false, ranges: DIGITS }],
  ["D", { isNegated: true, ranges: DIGITS }],
  ["w", { isNegated: false, ranges: WORD }],
  ["W", { isNegated: true, ranges: WORD }],
  ["s", { isNegated: false, ranges: SPACE }],
  ["S", { isNegated: true, ranges: SPACE }],
]);

/**
 * Reads a regular expression up to the end of the text.
 * @throws {TargetError} if it is not in the subset
 */
function readRegex(scan: Scanner): RegexNode {
  const node = readChoice(scan);
  if (!scan.done) scan.fail(`unmatched ")"`);
  return node;
}

function readChoice(scan: Scanner): RegexNode {
  const items = [readSequence(scan)];
  while (scan.accept("|")) items.push(readSequence(scan));
  const [only] = items;
  return items.length === 1 && only !== undefined ? only : { kind: "choice", items };
}

function readSequence(scan: Scanner): RegexNode {
  const items: RegexNode[] = [];
  while (!scan.done && !["|", ")"].includes(scan.peek())) items.push(readPiece(scan));
  return { kind: "sequence", items };
}

function readPiece(scan: Scanner): RegexNode {
  const item = readAtom(scan);
  const at = scan.at;
  const quantifier = scan.match(/[*+?]|\{[0-9]+(?:,[0-9]*)?\}/y);
  if (quantifier === "") return item;
  if (item.kind === "start" || item.kind === "end") scan.fail("nothing to repeat", at);
  if (["*", "+", "?", "{"].includes(scan.peek())) {
    scan.fail("quantifier after a quantifier");
  }
  const { min, max } = repeatBounds(quantifier);
  if (min > max) scan.fail(`"${quantifier}" ends before its start`, at);
  return { kind: "repeat", item, min, max };
}

function repeatBounds(quantifier: string): { readonly min: number; readonly max: number } {
  if (quantifier === "*") return { min: 0, max: Infinity };
  if (quantifier === "+") return { min: 1, max: Infinity };
  if (quantifier === "?") return { min: 0, max: 1 };
  const [min = "", max = min] = quantifier.slice(1, -1).split(",");
  return { min: Number(min), max: max === "" ? Infinity : Number(max) };
}

function readAtom(scan: Scanner): RegexNode {
  const at = scan.at;
  const character = scan.next();
  switch (character) {
    case "^":
      return { kind: "start" };
    case "$":
      return { kind: "end" };
    case ".":
      return { kind: "characters", set: { isNegated: true, ranges: LINE_FEED } };
    case "(":
      return readGroup(scan, at);
    case "[":
      return { kind: "characters", set: readSet(scan, at) };
    case "\\":
      return { kind: "characters", set: readEscape(scan) };
    case "*":
    case "+":
    case "?":
      return scan.fail("nothing to repeat", at);
    case "{":
      return scan.fail(`write "\\{" for a literal "{"`, at);
    default:
      return { kind: "characters", set: singleCharacter(character) };
  }
}

function readGroup(scan: Scanner, at: number): RegexNode {
  if (scan.peek() === "?" && !scan.accept("?:")) {
    scan.fail("look-around, named groups and flags are not supported", at);
  }
  const node = readChoice(scan);
  if (!scan.accept(")")) scan.fail(`unmatched "("`, at);
  return node;
}

/** Reads the rest of an escape, after its backslash. */
function readEscape(scan: Scanner): CharacterSet {
  const at = scan.at - 1;
  if (scan.done) scan.fail("backslash at the end", at);
  const character = scan.next();
  const found = CLASSES.get(character);
  if (found !== undefined) return found;
  if (/[1-9]/.test(character)) scan.fail("back references are not supported", at);
  if (/[A-Za-z0-9]/.test(character)) scan.fail(`"\\${character}" is not supported`, at);
  return singleCharacter(character);
}

/** Reads the rest of a set, after its `[`. */
function readSet(scan: Scanner, at: number): CharacterSet {
  const isNegated = scan.accept("^");
  const ranges: Ranges[number][] = [];
  do {
    if (scan.done) scan.fail(`unmatched "["`, at);
    ranges.push(...readMembers(scan));
  } while (!scan.accept("]"));
  return { isNegated, ranges };
}

function readMembers(scan: Scanner): Ranges {
  const at = scan.at;
  const low = readMember(scan);
  if (scan.match(/-(?!\])/y) === "") return low;
  const high = readMember(scan);
  const [first, last] = [codeOfSingle(low), codeOfSingle(high)];
  if (first === undefined || last === undefined || first > last) {
    return scan.fail("not a range of characters", at);
  }
  return [[first, last]];
}

function readMember(scan: Scanner): Ranges {
  const at = scan.at;
  if (scan.peek() === "]") scan.fail(`write "\\]" for a literal "]"`);
  if (!scan.accept("\\")) return singleCharacter(scan.next()).ranges;
  const { isNegated, ranges } = readEscape(scan);
  if (isNegated) scan.fail("negated class between brackets", at);
  return ranges;
}

function codeOfSingle([range, ...rest]: Ranges): number | undefined {
  return rest.length === 0 && range?.[0] === range?.[1] ? range?.[0] : undefined;
}

function singleCharacter(character: string): CharacterSet {
  const code = character.codePointAt(0) ?? 0;
  return { isNegated: false, ranges: [[code, code]] };
}
