/**
 * Writes a target in its canonical spelling, which an operator signs, and reads that spelling only.
 *
 * It uses the boolean syntax, with parentheses around every inner operator, so that a reader need
 * not know the precedence: `(web[01-20],db[1-3] or os=linux) and not /^db2$/`.
 * @module
 */

import { encodeUtf8 } from "../../base/bytes.ts";
import { TargetError } from "../parsing/errors.ts";
import { printFactCondition } from "./fact_condition.ts";
import { printGroup } from "./group_term.ts";
import { MAX_SIGNED_TARGET_BYTES, MAX_TARGET_NESTING } from "../parsing/parse_limits.ts";
import { printPatterns } from "../sets/node_set.ts";
import { nestingDepth, type Target } from "./target.ts";
import { parseTarget, printRegex } from "./target_parser.ts";

/**
 * Writes `target`; {@linkcode parseSignedTarget} reads the same tree back. Equal trees give equal
 * texts.
 * @throws {TargetError} if the text would be longer than 256 KiB or nested more than 32 deep
 */
export function printTarget(target: Target): string {
  const text = write(target);
  const size = encodeUtf8(text).length;
  if (size > MAX_SIGNED_TARGET_BYTES) {
    const problem =
      `target takes ${size} bytes with its groups resolved, limit ${MAX_SIGNED_TARGET_BYTES}`;
    throw new TargetError(problem, { input: text, position: 0 });
  }
  if (nestingDepth(target) > MAX_TARGET_NESTING) {
    const problem = `target is nested more than ${MAX_TARGET_NESTING} deep`;
    throw new TargetError(problem, { input: text, position: 0 });
  }
  return text;
}

/**
 * Reads a signed target: only a text that {@linkcode printTarget} writes.
 * @throws {TargetError} if it cannot be parsed, or is not in canonical form
 */
export function parseSignedTarget(text: string): Target {
  const target = parseTarget(text, { maxBytes: MAX_SIGNED_TARGET_BYTES });
  const canonical = printTarget(target);
  if (canonical === text) return target;
  let position = 0;
  while (text[position] === canonical[position]) position++;
  throw new TargetError("target is not in canonical form", { input: text, position });
}

function write(target: Target): string {
  switch (target.kind) {
    case "all":
      return "ALL";
    case "nodes":
      return printPatterns(target.patterns);
    case "glob":
      return target.glob;
    case "regex":
      return printRegex(target.source);
    case "group":
      return printGroup(target);
    case "fact":
      return printFactCondition(target.condition);
    case "not":
      return `not ${writeInner(target.item)}`;
    case "or":
    case "xor":
    case "and":
      return target.items.map(writeInner).join(` ${target.kind} `);
    default:
      return target satisfies never;
  }
}

function writeInner(target: Target): string {
  const text = write(target);
  return "items" in target ? `(${text})` : text;
}
