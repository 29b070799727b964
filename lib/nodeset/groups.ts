/**
 * Groups files in clustershell's flat style. Imports its siblings.
 *
 *     # what          who
 *     rack4:          web[01-20],db[1-3]
 *     frontend:       web[01-20]!web13 @spare     # several node sets are joined
 *     all:            @rack4,@rack5
 *
 * @module
 */

import { GroupError, TargetError } from "./errors.ts";
import { parseWithin, withoutComment } from "./word_list.ts";

/** The node sets of each group, by its name. */
export type Groups = ReadonlyMap<string, readonly string[]>;

const DEFINITION = /^[ \t]*([A-Za-z0-9_.+%-]+)[ \t]*:([^]*)$/;
const WORD = /[^ \t\r]+/g;

/**
 * Reads a groups file. A group may be empty; it may be defined after it is used.
 * @throws {TargetError} if a line cannot be read, or a group is defined twice; it points into `text`
 */
export function parseGroups(text: string): Groups {
  const groups = new Map<string, readonly string[]>();
  let offset = 0;
  for (const line of text.split("\n")) {
    readLine({ text, line, offset }, groups);
    offset += line.length + 1;
  }
  return groups;
}

/** A line of a file. */
interface Line {
  readonly text: string;
  readonly line: string;
  /** Where the line begins in `text`. */
  readonly offset: number;
}

function readLine({ text, line, offset }: Line, groups: Map<string, readonly string[]>): void {
  const content = withoutComment(line);
  if (content.search(WORD) === -1) return;
  const [, name, value] = DEFINITION.exec(content) ?? [];
  if (name === undefined || value === undefined) {
    throw new TargetError(`expected "name: node set"`, { input: text, position: offset });
  }
  if (groups.has(name)) {
    throw new TargetError(`group "${name}" is defined twice`, { input: text, position: offset });
  }
  const valueOffset = offset + content.length - value.length;
  const words = [...value.matchAll(WORD)];
  for (const { 0: word, index } of words) {
    parseWithin(word, { input: text, position: valueOffset + index });
  }
  groups.set(name, words.map(([word]) => word));
}

/**
 * Gives the node sets of the group `name`. For `*`, these are those of the group `all`, or of every
 * group if there is no such group.
 * @throws {GroupError} if there is no group of that name
 */
export function findGroup(groups: Groups, name: string): readonly string[] {
  const found = groups.get(name === "*" ? "all" : name);
  if (found !== undefined) return found;
  if (name === "*") return [...groups.values()].flat();
  throw new GroupError(`@${name}`, "there is no such group");
}
