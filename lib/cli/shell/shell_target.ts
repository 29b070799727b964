/**
 * The target of the shell: how `@SET`, `+SET` and `-SET` change it, and the completion of names in
 * a set.
 * @module
 */
import {
  excludeNodes,
  listedNodes,
  parseTarget,
  selectNodes,
  type Target,
  TargetError,
  targetOfNames,
  uniteTargets,
} from "../../nodeset/mod.ts";
import { parseNodeName } from "../../nodeset/sets/node_name.ts";
import { isOpen, usesFacts } from "../../trigger/targets/resolve.ts";
import { type GroupSources, listGroups } from "../targets/groups.ts";
import { prepareTarget } from "../targets/read_target.ts";
import type { SetChange } from "./shell_line.ts";

/** The completions of the end of a text. */
export interface SetCompletion {
  /** The end of the text that is completed. */
  readonly typed: string;
  /** The possible completions. */
  readonly found: readonly string[];
}

/** The names for completion. */
export interface SetNames {
  /** Host names. */
  readonly hosts: readonly string[];
  /** Groups, with their `@`. */
  readonly groups: readonly string[];
}

/** Longer lists are not useful. */
const MAX_NAMES = 200;

/**
 * Completes the last name of a line that changes the hosts. The first `@` only introduces a set, so
 * groups after it match with and without a second `@`.
 */
export function completeSet(line: string, { hosts, groups }: SetNames): SetCompletion {
  const [typed = ""] = /[^,!&^\s()]*$/.exec(line.slice(1)) ?? [];
  const bare = groups.map((group) => group.slice(1));
  const isFirst = line.startsWith("@") && typed.length === line.length - 1;
  const names = [...hosts, ...groups, ...(isFirst ? bare : [])];
  const found = [...new Set(names)].filter((name) => name.startsWith(typed));
  return { typed, found: found.slice(0, MAX_NAMES) };
}

/**
 * Applies a line to `target`; resolves with the new target.
 * @throws {TargetError} if the line is invalid
 * @throws {UserError} if a group cannot be used, or the target would match no host
 */
export async function changeTarget(
  target: Target,
  change: SetChange,
  groups: GroupSources,
): Promise<Target> {
  const typed = await parseChange(change, groups);
  switch (change.kind) {
    case "set":
      return await prepareTarget(typed, groups);
    case "add":
      return simplify(await prepareTarget(uniteTargets([target, typed]), groups));
    case "remove":
      return simplify(await prepareTarget(excludeNodes(target, typed), groups));
    default:
      return change.kind satisfies never;
  }
}

/** Simplifies a target, so that many changes do not make it longer than its names. */
function simplify(target: Target): Target {
  if (isOpen(target) || usesFacts(target)) return target;
  const listed = [...listedNodes(target)].map((name) => ({ name, facts: new Map() }));
  return targetOfNames(selectNodes(target, listed).map(parseNodeName));
}

async function parseChange({ kind, line }: SetChange, groups: GroupSources): Promise<Target> {
  const start = kind === "set" && await namesGroup(line, groups) ? 0 : 1;
  try {
    return parseTarget(line.slice(start));
  } catch (cause) {
    if (!(cause instanceof TargetError)) throw cause;
    const where = { input: line, position: cause.position + start };
    throw new TargetError(cause.message, where, { cause, hint: cause.hint });
  }
}

/** A group at the beginning of a set: `@db`, `@rack[1-4]`, `@slurm:gpu`. */
const GROUP = /^@[\w.%+-]+(\[[^\]]*\][\w.%+-]*)*(:|(?=[\s,!&^]|$))/;

/**
 * Returns whether a line names a group. In clush `@` only introduces a set, `@web[1-3]`, and a
 * group is `@@db`. Here `@db` is the group if it exists.
 */
async function namesGroup(line: string, groups: GroupSources): Promise<boolean> {
  const [group] = GROUP.exec(line) ?? [];
  if (group === undefined) return false;
  if (group.endsWith(":")) return true;
  const [name = "", range] = group.split("[");
  const known = await listGroups(groups);
  return known.includes(group) ||
    (range !== undefined && known.some((other) => other.startsWith(name)));
}
