/**
 * Completion of a set as far as it is typed. Pure; imports nothing.
 * @module
 */

/** What the end of a text may become. */
export interface SetCompletion {
  /** The end that is completed. */
  readonly typed: string;
  /** What it may become. */
  readonly found: readonly string[];
}

/** Names that can be completed. */
export interface SetNames {
  /** Hosts. */
  readonly hosts: readonly string[];
  /** Groups, with their `@`. */
  readonly groups: readonly string[];
}

/** Nobody reads more. */
const MAX_NAMES = 200;

/**
 * Completes the last name of a line that changes the hosts. Behind the first `@`, which says that a set
 * follows, groups are found with and without an `@` of their own.
 */
export function completeSet(line: string, { hosts, groups }: SetNames): SetCompletion {
  const [typed = ""] = /[^,!&^\s()]*$/.exec(line.slice(1)) ?? [];
  const bare = groups.map((group) => group.slice(1));
  const isFirst = line.startsWith("@") && typed.length === line.length - 1;
  const names = [...hosts, ...groups, ...(isFirst ? bare : [])];
  const found = [...new Set(names)].filter((name) => name.startsWith(typed));
  return { typed, found: found.slice(0, MAX_NAMES) };
}
