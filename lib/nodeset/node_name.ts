/**
 * What may be the name of a node. Imports its siblings.
 *
 * The characters are those of host names plus `_`, `+` and `%`: what is left of clustershell's names
 * without everything that has a meaning in a target, in a shell or in a path.
 * @module
 */

import { TargetError } from "./errors.ts";
import { MAX_NAME_LENGTH } from "./limits.ts";

/** Marks what has been checked; it exists for the type checker only. */
export declare const nodeName: unique symbol;

/** A text that {@linkcode isNodeName} accepts. Names are compared exactly, upper and lower case differ. */
export type NodeName = string & { readonly [nodeName]: true };

/** Words that mean something else in a target, so that nothing in it can be called so. */
export const RESERVED_WORDS: ReadonlySet<string> = new Set(["ALL", "and", "or", "xor", "not"]);

const FOREIGN_CHARACTER = /[^A-Za-z0-9_.+%-]/u;

/** What keeps a text from being a node name. */
export interface NameProblem {
  /** A phrase for a person. */
  readonly problem: string;
  /** The character that is wrong, as an offset in UTF-16 units. */
  readonly position: number;
}

/** Says what keeps `text` from being a node name; `undefined` when nothing does. */
export function nodeNameProblem(text: string): NameProblem | undefined {
  if (text === "") return { problem: "node name is empty", position: 0 };
  const foreign = FOREIGN_CHARACTER.exec(text);
  if (foreign !== null) {
    const shown = JSON.stringify(foreign[0]);
    return { problem: `node name must not hold ${shown}`, position: foreign.index };
  }
  if (text.startsWith("-") || text.startsWith(".")) {
    return { problem: `node name must not begin with "${text[0]}"`, position: 0 };
  }
  if (text.length > MAX_NAME_LENGTH) {
    const problem = `node name is longer than ${MAX_NAME_LENGTH} characters`;
    return { problem, position: MAX_NAME_LENGTH };
  }
  if (RESERVED_WORDS.has(text)) {
    return { problem: `"${text}" is a reserved word, not a node name`, position: 0 };
  }
  return undefined;
}

/**
 * Tells whether `text` can be the name of a node: 1 to 253 letters, digits and `_.+%-`, not
 * beginning with `-` or `.`, and none of the words `ALL`, `and`, `or`, `xor`, `not`.
 */
export function isNodeName(text: string): text is NodeName {
  return nodeNameProblem(text) === undefined;
}

/**
 * Reads the name of a node.
 * @throws {TargetError} if {@linkcode isNodeName} refuses `text`
 */
export function parseNodeName(text: string): NodeName {
  if (isNodeName(text)) return text;
  const { problem, position } = nodeNameProblem(text) ?? { problem: "bad node name", position: 0 };
  throw new TargetError(problem, { input: text, position });
}
