/**
 * Text files with node sets: lists of node sets, and groups files in ClusterShell's flat style. In
 * both, `#` begins a comment, and errors point into the whole text.
 *
 * A list separates node sets by white space, and commas at either end of a word are ignored: `web1
 * web[2-5], db1`. A line of a groups file names a group, then its node sets: `frontend:
 * web[01-20]!web13 @spare`.
 * @module
 */
import { GroupError, TargetError, type TextPosition } from "../parsing/errors.ts";
import { MAX_GROUP_DEFINITION_BYTES } from "../parsing/parse_limits.ts";
import type { Target } from "./target.ts";
import { parseTarget } from "./target_parser.ts";

/** A word of a text, and its position. */
export interface PositionedWord {
  /** The word. */
  readonly text: string;
  /** Its offset in the whole text. */
  readonly position: number;
}

const COMMENT = /(?:^|[ \t])#.*/;
const LISTED_WORD = /[^\s,](?:\S*[^\s,])?/g;

/** Removes a comment: the rest of the line after a `#` that begins a word. */
function removeComment(line: string): string {
  return line.replace(COMMENT, "");
}

/** Finds the words of `text`, without comments. */
export function splitWords(text: string): PositionedWord[] {
  const words: PositionedWord[] = [];
  let offset = 0;
  for (const line of text.split("\n")) {
    for (const { 0: word, index } of removeComment(line).matchAll(LISTED_WORD)) {
      words.push({ text: word, position: offset + index });
    }
    offset += line.length + 1;
  }
  return words;
}

/**
 * Reads the node sets in `text`, in the set syntax; there may be none.
 * @throws {TargetError} if one cannot be parsed; it points into `text`
 */
export function parseNodeSetList(text: string): Target[] {
  return splitWords(text).map((word) =>
    parseSetAt(word.text, { input: text, position: word.position })
  );
}

/**
 * Reads a node set at the position `where` of a longer text.
 * @throws {TargetError} if it cannot be parsed; it points into the longer text
 */
export function parseSetAt(word: string, where: TextPosition): Target {
  try {
    return parseTarget(word, { syntax: "set", maxBytes: MAX_GROUP_DEFINITION_BYTES });
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    const position = where.position + error.position;
    throw new TargetError(error.message, { input: where.input, position }, { cause: error });
  }
}

/** The node sets of each group, by its name. */
export type GroupDefinitions = ReadonlyMap<string, readonly string[]>;

const GROUP_LINE = /^[ \t]*([A-Za-z0-9_.+%-]+)[ \t]*:([^]*)$/;
const SPACED_WORD = /[^ \t\r]+/g;

/**
 * Reads a groups file. A group may be empty; it may be defined after it is used.
 * @throws {TargetError} if a line cannot be parsed, or a group is defined twice; it points into
 * `text`
 */
export function parseGroupFile(text: string): GroupDefinitions {
  const groups = new Map<string, readonly string[]>();
  let offset = 0;
  for (const line of text.split("\n")) {
    readGroupLine({ text, line, offset }, groups);
    offset += line.length + 1;
  }
  return groups;
}

/** A line of a file. */
interface GroupFileLine {
  readonly text: string;
  readonly line: string;
  /** Where the line begins in `text`. */
  readonly offset: number;
}

function readGroupLine(
  { text, line, offset }: GroupFileLine,
  groups: Map<string, readonly string[]>,
): void {
  const content = removeComment(line);
  if (content.search(SPACED_WORD) === -1) return;
  const [, name, value] = GROUP_LINE.exec(content) ?? [];
  if (name === undefined || value === undefined) {
    throw new TargetError(`expected "name: node set"`, { input: text, position: offset });
  }
  if (groups.has(name)) {
    throw new TargetError(`group "${name}" is defined twice`, { input: text, position: offset });
  }
  const valueOffset = offset + content.length - value.length;
  const words = [...value.matchAll(SPACED_WORD)];
  for (const { 0: word, index } of words) {
    parseSetAt(word, { input: text, position: valueOffset + index });
  }
  groups.set(name, words.map(([word]) => word));
}

/**
 * Returns the node sets of the group `name`. For `*`, returns those of the group `all`, or those of
 * all groups if there is none.
 * @throws {GroupError} if there is no such group
 */
export function findGroup(groups: GroupDefinitions, name: string): readonly string[] {
  const found = groups.get(name === "*" ? "all" : name);
  if (found !== undefined) return found;
  if (name === "*") return [...groups.values()].flat();
  throw new GroupError(`@${name}`, "no such group");
}
