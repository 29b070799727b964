/**
 * Node names: validation, the parts of a name (text and numbers), and the natural order of names.
 *
 * The characters are those of host names plus `_`, `+` and `%`: those of ClusterShell without the
 * characters that have a meaning in a target, in a shell or in a path.
 * @module
 */
import { TargetError } from "../parsing/errors.ts";
import { MAX_INDEX_DIGITS, MAX_NODE_NAME_LENGTH } from "../parsing/parse_limits.ts";

/** Marks a checked name; it exists for the type checker only. */
export declare const nodeNameBrand: unique symbol;

/**
 * A text that {@linkcode isNodeName} accepts. Names are compared exactly, upper and lower case
 * differ.
 */
export type NodeName = string & { readonly [nodeNameBrand]: true };

/** Keywords of targets, which cannot be names. */
export const RESERVED_WORDS: ReadonlySet<string> = new Set(["ALL", "and", "or", "xor", "not"]);

const FOREIGN_CHARACTER = /[^A-Za-z0-9_.+%-]/u;

/** Why a text is not a node name. */
export interface NameProblem {
  /** A phrase for the message. */
  readonly problem: string;
  /** The offset of the wrong character, in UTF-16 units. */
  readonly position: number;
}

/** Returns why `text` is not a node name; `undefined` if it is one. */
export function checkNodeName(text: string): NameProblem | undefined {
  if (text === "") return { problem: "node name is empty", position: 0 };
  const foreign = FOREIGN_CHARACTER.exec(text);
  if (foreign !== null) {
    const shown = JSON.stringify(foreign[0]);
    return { problem: `invalid character ${shown} in a node name`, position: foreign.index };
  }
  if (text.startsWith("-") || text.startsWith(".")) {
    return { problem: `node name must not begin with "${text[0]}"`, position: 0 };
  }
  if (text.length > MAX_NODE_NAME_LENGTH) {
    const problem = `node name is longer than ${MAX_NODE_NAME_LENGTH} characters`;
    return { problem, position: MAX_NODE_NAME_LENGTH };
  }
  if (RESERVED_WORDS.has(text)) {
    return { problem: `"${text}" is a reserved word, not a node name`, position: 0 };
  }
  return undefined;
}

/**
 * Returns whether `text` is a valid node name: 1 to 253 letters, digits and `_.+%-`, not
 * beginning with `-` or `.`, and none of the words `ALL`, `and`, `or`, `xor`, `not`.
 */
export function isNodeName(text: string): text is NodeName {
  return checkNodeName(text) === undefined;
}

/**
 * Reads the name of a node.
 * @throws {TargetError} if {@linkcode isNodeName} refuses `text`
 */
export function parseNodeName(text: string): NodeName {
  if (isNodeName(text)) return text;
  const { problem, position } = checkNodeName(text) ?? { problem: "bad node name", position: 0 };
  throw new TargetError(problem, { input: text, position });
}

/** Stands for a number in a shape: no name holds it, and it sorts before every other character. */
export const NUMBER_PLACEHOLDER = "\0";

/** A name as `rack\0node\0` with the indices `["4", "07"]`. */
export interface NameShape {
  /** The name with {@linkcode NUMBER_PLACEHOLDER} instead of each number. */
  readonly shape: string;
  /** The numbers from left to right, with their padding. */
  readonly indices: readonly string[];
}

/** Splits `name` into its shape and its numbers. Runs of more than 15 digits stay text. */
export function splitNameShape(name: string): NameShape {
  const indices: string[] = [];
  const shape = name.replace(/[0-9]+/g, (digits) => {
    if (digits.length > MAX_INDEX_DIGITS) return digits;
    indices.push(digits);
    return NUMBER_PLACEHOLDER;
  });
  return { shape, indices };
}

/** Orders indices: shorter ones first, then by value, so that `9 < 10` and `2 < 01`. */
export function compareIndices(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Orders lists of indices of the same length, the first index first. */
function compareIndexLists(a: readonly string[], b: readonly string[]): number {
  for (const [axis, index] of a.entries()) {
    const order = compareIndices(index, b[axis] ?? "");
    if (order !== 0) return order;
  }
  return 0;
}

/**
 * Sorts names as ClusterShell does: by shape, then by number, so that `web2` comes before `web10`.
 * Returns a new array.
 */
export function sortNodeNames<Name extends string>(names: Iterable<Name>): Name[] {
  return Array.from(names, (name) => ({ name, ...splitNameShape(name) }))
    .sort((a, b) => compareShapes(a.shape, b.shape) || compareIndexLists(a.indices, b.indices))
    .map(({ name }) => name);
}

/** Orders shapes by their characters. */
export function compareShapes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
