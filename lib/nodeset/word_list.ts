/**
 * Lists of node sets as they stand in files, on stdin, and in what programs print. Imports its
 * siblings.
 *
 *     web1 web[2-5], db1        # separated by white space, commas at either end do no harm
 *     @rack4!web13
 *
 * @module
 */

import { TargetError, type TextPosition } from "./errors.ts";
import { MAX_GROUP_BYTES } from "./limits.ts";
import type { Target } from "./target_ast.ts";
import { parseTarget } from "./target_parser.ts";

/** A word of a text, and where it stands. */
export interface Word {
  /** The word. */
  readonly text: string;
  /** Its offset in the whole text. */
  readonly position: number;
}

const COMMENT = /(?:^|[ \t])#.*/;
const WORD = /[^\s,](?:\S*[^\s,])?/g;

/** Removes what follows a `#` that begins a word. */
export function withoutComment(line: string): string {
  return line.replace(COMMENT, "");
}

/** Finds the words of `text`, comments left out. */
export function wordsIn(text: string): Word[] {
  const words: Word[] = [];
  let offset = 0;
  for (const line of text.split("\n")) {
    for (const { 0: word, index } of withoutComment(line).matchAll(WORD)) {
      words.push({ text: word, position: offset + index });
    }
    offset += line.length + 1;
  }
  return words;
}

/**
 * Reads the node sets in `text`, in the set syntax; there may be none.
 * @throws {TargetError} if one cannot be read; it points into `text`
 */
export function parseNodeSets(text: string): Target[] {
  return wordsIn(text).map((word) =>
    parseWithin(word.text, { input: text, position: word.position })
  );
}

/**
 * Reads a node set that stands at `where` in a longer text.
 * @throws {TargetError} if it cannot be read; it points into the longer text
 */
export function parseWithin(word: string, where: TextPosition): Target {
  try {
    return parseTarget(word, { syntax: "set", maxBytes: MAX_GROUP_BYTES });
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    const position = where.position + error.position;
    throw new TargetError(error.message, { input: where.input, position }, { cause: error });
  }
}
