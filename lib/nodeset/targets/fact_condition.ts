/**
 * Conditions on facts, such as `os=linux` or `cpus>4`.
 *
 * A fact that a node does not have meets no condition, not even `!=`; write `not os=linux` to
 * include such nodes. Two decimal numbers are compared as numbers, so `4` equals `4.0`; otherwise
 * `=` and `!=` compare text exactly, and `<`, `<=`, `>` and `>=` are not met. `~` searches for a
 * regular expression.
 * @module
 */

import { LinearRegex, requireRegex } from "./linear_regex.ts";
import { MAX_TYPED_TARGET_BYTES } from "../parsing/parse_limits.ts";
import { RESERVED_WORDS } from "../sets/node_name.ts";
import {
  printQuoted,
  readQuoted,
  requireTargetText,
  Scanner,
  startsQuoted,
} from "../parsing/scanner.ts";

/** The comparison of a fact with a value. */
export type FactOperator = "=" | "!=" | "~" | "<" | "<=" | ">" | ">=";

/** One condition on one fact. */
export interface FactCondition {
  /** The fact: a letter or `_`, then letters, digits and `_.-`; no reserved word. */
  readonly fact: string;
  /** The comparison. */
  readonly operator: FactOperator;
  /** The value; for `~` the source of a regular expression. */
  readonly value: string;
}

const FACT_AHEAD = /[A-Za-z_][A-Za-z0-9_.-]*(?= *(?:!?=|[~<>]))/y;
const OPERATOR = /!=|=~|<=|>=|[=~<>]/y;
const PLAIN_VALUE = /[A-Za-z0-9_.:/+@%-]+/y;
const PLAIN_REGEX = /[A-Za-z0-9_.:/+@%^$*?\\[\]{}|-]+/y;

const DECIMAL = /^-?[0-9]+(?:\.[0-9]+)?$/;

/** The digits that a double holds exactly. */
const MAX_DECIMAL_DIGITS = 15;

/**
 * Reads a condition if one comes next: `fact OPERATOR value`, spaces around the operator skipped,
 * `=~` accepted for `~`. Otherwise returns `undefined` and takes nothing.
 * @throws {TargetError} if the value is missing or does not fit the operator
 */
export function readFactCondition(scan: Scanner): FactCondition | undefined {
  const fact = readFactName(scan);
  if (fact === "") return undefined;
  const operator = readOperator(scan);
  const at = scan.at;
  const value = startsQuoted(scan) ? readQuoted(scan) : readPlain(scan, operator);
  checkValue(scan, { fact, operator, value }, at);
  return { fact, operator, value };
}

/**
 * Reads a whole text as a condition, as after an option: the value is the rest of the text, without
 * quotes.
 * @throws {TargetError} if it is not a condition, or the value does not fit the operator
 */
export function parseFactCondition(text: string): FactCondition {
  const scan = new Scanner(text);
  requireTargetText(scan, MAX_TYPED_TARGET_BYTES);
  const fact = readFactName(scan);
  if (fact === "") scan.fail(`expected a condition such as "os=linux"`);
  const operator = readOperator(scan);
  const at = scan.at;
  const condition = { fact, operator, value: text.slice(at) };
  checkValue(scan, condition, at);
  return condition;
}

function readFactName(scan: Scanner): string {
  const at = scan.at;
  const fact = scan.match(FACT_AHEAD);
  if (RESERVED_WORDS.has(fact)) scan.fail(`"${fact}" is a reserved word, not a fact`, at);
  return fact;
}

function readOperator(scan: Scanner): FactOperator {
  scan.skipSpaces();
  const written = scan.match(OPERATOR);
  scan.skipSpaces();
  return (written === "=~" ? "~" : written) as FactOperator; // what OPERATOR matches
}

function readPlain(scan: Scanner, operator: FactOperator): string {
  const value = scan.match(operator === "~" ? PLAIN_REGEX : PLAIN_VALUE);
  if (!["", " ", ")"].includes(scan.peek())) {
    scan.fail(`value with "${scan.peek()}" must be quoted`);
  }
  if (value === "") scan.failUnexpected("a value");
  return value;
}

function checkValue(scan: Scanner, { operator, value }: FactCondition, at: number): void {
  if (operator === "~") {
    requireRegex(scan, value, at + (scan.input.startsWith(value, at) ? 0 : 1));
  } else if (operator !== "=" && operator !== "!=" && toNumber(value) === undefined) {
    scan.fail(`"${operator}" needs a decimal number of at most ${MAX_DECIMAL_DIGITS} digits`, at);
  }
}

/** Writes a condition; {@linkcode readFactCondition} reads it back. */
export function printFactCondition({ fact, operator, value }: FactCondition): string {
  return `${fact}${operator}${isPlain(value, operator) ? value : printQuoted(value)}`;
}

function isPlain(value: string, operator: FactOperator): boolean {
  const plain = operator === "~" ? PLAIN_REGEX : PLAIN_VALUE;
  plain.lastIndex = 0;
  return plain.exec(value)?.[0] === value;
}

/** Turns a condition into a function of a node's facts. */
export function compileFactCondition(
  { fact, operator, value }: FactCondition,
): (facts: ReadonlyMap<string, string>) => boolean {
  const compare = operator === "~" ? makeSearch(value) : makeComparison(operator, value);
  return (facts) => {
    const actual = facts.get(fact);
    return actual !== undefined && compare(actual);
  };
}

function makeSearch(source: string): (actual: string) => boolean {
  const regex = new LinearRegex(source);
  return (actual) => regex.test(actual);
}

function makeComparison(
  operator: Exclude<FactOperator, "~">,
  value: string,
): (actual: string) => boolean {
  const wanted = toNumber(value);
  return (actual) => {
    const number = toNumber(actual);
    if (wanted === undefined || number === undefined) {
      return operator === "=" ? actual === value : operator === "!=" && actual !== value;
    }
    return compareNumbers(number, operator, wanted);
  };
}

function compareNumbers(a: number, operator: Exclude<FactOperator, "~">, b: number): boolean {
  switch (operator) {
    case "=":
      return a === b;
    case "!=":
      return a !== b;
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    case ">=":
      return a >= b;
    default:
      return operator satisfies never;
  }
}

function toNumber(text: string): number | undefined {
  const digits = text.replace(/[-.]/g, "").length;
  return DECIMAL.test(text) && digits <= MAX_DECIMAL_DIGITS ? Number(text) : undefined;
}
