/**
 * Parses targets, and lists of groups such as `rack[1-4],slurm:gpu`, where the `@` may be left out.
 *
 * The grammar: `choice = odd { "or" odd }`, `odd = both { "xor" both }`, `both = negation { "and"
 * negation }`, `negation = { "not" } set`, `set = operand { ( "," | "!" | "&" | "^" ) operand }`
 * from left to right, `operand = term | "(" choice ")"`. A term is a node set, a glob, a `/regex/`,
 * a group, a fact, or `ALL`.
 *
 * The boolean syntax is a `choice`. The set syntax is a `set` of terms without facts. Set operators
 * bind tighter than words, so `web1,web2 and os=linux` means what it looks like. Spaces may stand
 * around operators.
 * @module
 */
import {
  MAX_GLOBS_PER_TERM,
  MAX_TARGET_NESTING,
  MAX_TYPED_TARGET_BYTES,
} from "../parsing/parse_limits.ts";
import { requireTargetText, Scanner } from "../parsing/scanner.ts";
import {
  countNames,
  expandPattern,
  type NodePattern,
  readPattern,
  requireNodeNames,
} from "../sets/node_pattern.ts";
import { readFactCondition } from "./fact_condition.ts";
import { readGroups, readGroupsAfterAt } from "./group_term.ts";
import { requireRegex } from "./linear_regex.ts";
import {
  ALL_NODES,
  combineTargets,
  type CompositeKind,
  type GroupTarget,
  type Target,
} from "./target.ts";

/** The syntax and the maximum length of a text. */
export interface ParseOptions {
  /** The syntax of the text; by default `boolean`, which includes the other. */
  readonly syntax?: TargetSyntax;
  /** The maximum length in bytes of UTF-8; 128 KiB by default. */
  readonly maxBytes?: number;
}

/**
 * The syntax of a target: `set` is ClusterShell's `-w` language; `boolean` adds `and`, `or`, `xor`,
 * `not`, parentheses and facts to it.
 */
export type TargetSyntax = "set" | "boolean";

/** A text that is parsed, at some depth of parentheses and `not`. */
interface Reading {
  readonly scan: Scanner;
  readonly syntax: TargetSyntax;
  readonly depth: number;
}

/** A target and the depth of its operators. */
interface Parsed {
  readonly target: Target;
  readonly nesting: number;
}

/** An operator, its position, and its operands. */
interface Join {
  readonly kind: CompositeKind;
  readonly at: number;
  readonly operands: Parsed[];
}

/** The words of the boolean syntax, from the loosest to the tightest. */
const WORDS: readonly CompositeKind[] = ["or", "xor", "and"];

const SYMBOLS: ReadonlyMap<string, CompositeKind> = new Map([
  [",", "or"],
  ["^", "xor"],
  ["&", "and"],
  ["!", "and"],
]);

/** Matches each keyword, unless a name continues behind it. */
const KEYWORDS: Readonly<Record<CompositeKind | "not", RegExp>> = {
  and: /and(?![A-Za-z0-9_.+%*?[-])/y,
  or: /or(?![A-Za-z0-9_.+%*?[-])/y,
  xor: /xor(?![A-Za-z0-9_.+%*?[-])/y,
  not: /not(?![A-Za-z0-9_.+%*?[-])/y,
};

/**
 * Reads a target.
 * @throws {TargetError} if it is empty, too long, nested more than 32 deep, or cannot be parsed
 */
export function parseTarget(text: string, options: ParseOptions = {}): Target {
  const { syntax = "boolean", maxBytes = MAX_TYPED_TARGET_BYTES } = options;
  const scan = new Scanner(text);
  requireTargetText(scan, maxBytes);
  const reading = { scan, syntax, depth: 0 };
  const { target } = syntax === "set" ? readSet(reading) : readChain(reading, 0);
  scan.skipSpaces();
  if (scan.peek() === ")") scan.fail(`unmatched ")"`);
  if (!scan.done) scan.failUnexpected("an operator");
  return target;
}

function readChain(reading: Reading, level: number): Parsed {
  const word = WORDS[level];
  if (word === undefined) return readNegation(reading);
  const operands = [readChain(reading, level + 1)];
  reading.scan.skipSpaces();
  const at = reading.scan.at;
  while (acceptWord(reading.scan, word)) operands.push(readChain(reading, level + 1));
  return joinOperands(reading.scan, { kind: word, operands, at });
}

function readNegation(reading: Reading): Parsed {
  reading.scan.skipSpaces();
  const at = reading.scan.at;
  if (!acceptWord(reading.scan, "not")) return readSet(reading);
  return negate(reading.scan, readNegation(deeper(reading, at)), at);
}

function acceptWord(scan: Scanner, word: keyof typeof KEYWORDS): boolean {
  scan.skipSpaces();
  return scan.match(KEYWORDS[word]) !== "";
}

/** Gathers neighbours with the same operator, then joins from left to right. */
function readSet(reading: Reading): Parsed {
  const first = readOperand(reading);
  const joins: Join[] = [];
  for (let next = readJoin(reading); next !== undefined; next = readJoin(reading)) {
    const last = joins.at(-1);
    if (last?.kind === next.kind) last.operands.push(...next.operands);
    else joins.push(next);
  }
  return joins.reduce((left, { kind, at, operands }) => {
    const all = [left, ...operands];
    return joinOperands(reading.scan, {
      kind,
      at,
      operands: kind === "or" ? mergeNodes(all) : all,
    });
  }, first);
}

function readJoin(reading: Reading): Join | undefined {
  const { scan } = reading;
  scan.skipSpaces();
  const at = scan.at;
  const symbol = scan.match(/[,!&^]/y);
  const kind = SYMBOLS.get(symbol);
  if (kind === undefined) return undefined;
  const operand = readOperand(reading);
  return { kind, at, operands: [symbol === "!" ? negate(scan, operand, at) : operand] };
}

function readOperand(reading: Reading): Parsed {
  const { scan, syntax } = reading;
  scan.skipSpaces();
  const at = scan.at;
  if (!scan.accept("(")) return { target: readTerm(scan, syntax), nesting: 0 };
  if (syntax === "set") scan.fail("parentheses are not allowed in a node set", at);
  const inner = readChain(deeper(reading, at), 0);
  scan.skipSpaces();
  if (!scan.accept(")")) scan.failUnexpected(`")" or an operator`);
  return inner;
}

function deeper(reading: Reading, at: number): Reading {
  const depth = reading.depth + 1;
  checkNesting(reading.scan, depth, at);
  return { ...reading, depth };
}

function checkNesting(scan: Scanner, nesting: number, at: number): void {
  if (nesting > MAX_TARGET_NESTING) {
    scan.fail(`target is nested more than ${MAX_TARGET_NESTING} deep`, at);
  }
}

function negate(scan: Scanner, { target, nesting }: Parsed, at: number): Parsed {
  checkNesting(scan, nesting + 1, at);
  return { target: { kind: "not", item: target }, nesting: nesting + 1 };
}

function joinOperands(scan: Scanner, { kind, at, operands }: Join): Parsed {
  const [first] = operands;
  if (operands.length === 1 && first !== undefined) return first;
  const nesting = operands.reduce((deepest, operand) => Math.max(deepest, operand.nesting), 0) + 1;
  checkNesting(scan, nesting, at);
  return { target: { kind, items: operands.map(({ target }) => target) }, nesting };
}

/** Joins neighbouring node sets into one term: `web1,web2` is one. */
function mergeNodes(operands: readonly Parsed[]): Parsed[] {
  const merged: Parsed[] = [];
  let patterns: NodePattern[] | undefined;
  for (const operand of operands) {
    if (operand.target.kind !== "nodes") {
      patterns = undefined;
      merged.push(operand);
    } else if (patterns !== undefined) {
      for (const pattern of operand.target.patterns) patterns.push(pattern);
    } else {
      patterns = [...operand.target.patterns];
      merged.push({ target: { kind: "nodes", patterns }, nesting: 0 });
    }
  }
  return merged;
}

const WORD_TEXT = /[A-Za-z0-9_.+%*?-]*/y;

function readTerm(scan: Scanner, syntax: TargetSyntax): Target {
  switch (scan.peek()) {
    case "@":
      return groupTerm(scan);
    case "/":
      return regexTerm(scan);
    default:
      return factTerm(scan, syntax) ?? nodesTerm(scan);
  }
}

function groupTerm(scan: Scanner): Target {
  return uniteGroups(readGroups(scan));
}

/** Joins the groups of one term; `@*` of the default source is all nodes. */
function uniteGroups([first, ...rest]: readonly GroupTarget[]): Target {
  if (first === undefined || (first.source === undefined && first.name === "*")) return ALL_NODES;
  return combineTargets("or", [first, ...rest]);
}

function regexTerm(scan: Scanner): Target {
  const at = scan.at;
  scan.accept("/");
  const raw = scan.match(/(?:\\.|[^\\/])*/y);
  if (!scan.accept("/")) scan.fail(`missing "/" after the regular expression`, at);
  const source = raw.replace(/\\(.)/gu, (pair, escaped) => escaped === "/" ? "/" : pair);
  requireRegex(scan, source, at + 1);
  return { kind: "regex", source };
}

/** Writes a regular expression between slashes. */
export function printRegex(source: string): string {
  return `/${source.replace(/\\.|\//gu, (found) => found === "/" ? "\\/" : found)}/`;
}

function factTerm(scan: Scanner, syntax: TargetSyntax): Target | undefined {
  const at = scan.at;
  const condition = readFactCondition(scan);
  if (condition === undefined) return undefined;
  if (syntax === "set") scan.fail("facts are not allowed in a node set", at);
  return { kind: "fact", condition };
}

function nodesTerm(scan: Scanner): Target {
  const at = scan.at;
  const pattern = readPattern(scan, WORD_TEXT);
  if (scan.at === at) scan.failUnexpected("a node name, a group or another term");
  if (isWord(pattern, "ALL")) return ALL_NODES;
  if (/[*?]/.test(pattern.literals.join(""))) return globTerm(scan, pattern, at);
  requireNodeNames(scan, pattern, at);
  return { kind: "nodes", patterns: [pattern] };
}

/** Expands ranges first: `web[1-2]*` is `web1*,web2*`. Brackets are never a set of characters. */
function globTerm(scan: Scanner, pattern: NodePattern, at: number): Target {
  const count = countNames(pattern);
  if (count > MAX_GLOBS_PER_TERM) {
    scan.fail(`glob has ${count} expansions, limit ${MAX_GLOBS_PER_TERM}`, at);
  }
  const [first = "", ...more] = expandPattern(pattern);
  const globs = more.map((glob): Target => ({ kind: "glob", glob }));
  return combineTargets("or", [{ kind: "glob", glob: first }, ...globs]);
}

function isWord({ literals, ranges }: NodePattern, word: string): boolean {
  return ranges.length === 0 && literals[0] === word;
}

/**
 * Reads group names separated by commas; an `@` before a name is ignored.
 * @throws {TargetError} if `text` is not such a list
 */
export function parseGroupList(text: string): Target {
  const scan = new Scanner(text);
  requireTargetText(scan, MAX_TYPED_TARGET_BYTES);
  const first = readListedGroup(scan);
  const more: Target[] = [];
  while (scan.accept(",")) more.push(readListedGroup(scan));
  if (!scan.done) scan.failUnexpected(`","`);
  return combineTargets("or", [first, ...more]);
}

function readListedGroup(scan: Scanner): Target {
  scan.skipSpaces();
  scan.accept("@");
  const group = uniteGroups(readGroupsAfterAt(scan));
  scan.skipSpaces();
  return group;
}
