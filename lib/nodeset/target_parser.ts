/**
 * Reads the text of a target. Imports its siblings.
 *
 *     choice   = odd { "or" odd }
 *     odd      = both { "xor" both }
 *     both     = negation { "and" negation }
 *     negation = { "not" } set
 *     set      = operand { ( "," | "!" | "&" | "^" ) operand }          from left to right
 *     operand  = term | "(" choice ")"
 *
 * The boolean syntax is a `choice`; the set syntax is a `set` of terms that are no facts. The
 * operators of sets bind tighter than words, so `web1,web2 and os=linux` means what it looks like.
 * Spaces may stand around operators. Terms are in `target_term.ts`.
 * @module
 */

import { MAX_NESTING, MAX_TYPED_BYTES } from "./limits.ts";
import type { NodePattern } from "./node_pattern.ts";
import { Scanner } from "./scanner.ts";
import type { CompositeKind, Target } from "./target_ast.ts";
import { readTerm, type TargetSyntax } from "./target_term.ts";
import { checkTargetText } from "./target_text.ts";

/** How a text is to be read. */
export interface ParseOptions {
  /** Which language it is in; `boolean`, which includes the other, by default. */
  readonly syntax?: TargetSyntax;
  /** The longest text that is read, in bytes of UTF-8; 128 KiB by default. */
  readonly maxBytes?: number;
}

/** A text that is being read, at some depth of parentheses and `not`. */
interface Reading {
  readonly scan: Scanner;
  readonly syntax: TargetSyntax;
  readonly depth: number;
}

/** A target and how deep operators nest in it. */
interface Parsed {
  readonly target: Target;
  readonly nesting: number;
}

/** An operator, where it stands, and what it joins. */
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

/** Each word, up to where no name could go on. */
const KEYWORDS: Readonly<Record<CompositeKind | "not", RegExp>> = {
  and: /and(?![A-Za-z0-9_.+%*?[-])/y,
  or: /or(?![A-Za-z0-9_.+%*?[-])/y,
  xor: /xor(?![A-Za-z0-9_.+%*?[-])/y,
  not: /not(?![A-Za-z0-9_.+%*?[-])/y,
};

/**
 * Reads a target that a person wrote.
 * @throws {TargetError} if it is empty, too long, nested more than 32 deep, or cannot be read
 */
export function parseTarget(text: string, options: ParseOptions = {}): Target {
  const { syntax = "boolean", maxBytes = MAX_TYPED_BYTES } = options;
  const scan = new Scanner(text);
  checkTargetText(scan, maxBytes);
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
  return join(reading.scan, { kind: word, operands, at });
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
    return join(reading.scan, { kind, at, operands: kind === "or" ? mergeNodes(all) : all });
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
  if (syntax === "set") scan.fail("parentheses cannot stand in a node set", at);
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
  if (nesting > MAX_NESTING) scan.fail(`target is nested more than ${MAX_NESTING} deep`, at);
}

function negate(scan: Scanner, { target, nesting }: Parsed, at: number): Parsed {
  checkNesting(scan, nesting + 1, at);
  return { target: { kind: "not", item: target }, nesting: nesting + 1 };
}

function join(scan: Scanner, { kind, at, operands }: Join): Parsed {
  const [first] = operands;
  if (operands.length === 1 && first !== undefined) return first;
  const nesting = operands.reduce((deepest, operand) => Math.max(deepest, operand.nesting), 0) + 1;
  checkNesting(scan, nesting, at);
  return { target: { kind, items: operands.map(({ target }) => target) }, nesting };
}

/** Makes one list of node sets that stand side by side: `web1,web2` is one term. */
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
