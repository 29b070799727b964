/**
 * Another set of hosts: `@SET`, `+SET` and `-SET`, in the language of targets. Imports `nodeset`.
 * @module
 */
import {
  excludeNodes,
  parseTarget,
  selectNodes,
  type Target,
  TargetError,
  targetOfNames,
  uniteTargets,
} from "../../nodeset/mod.ts";
import { parseNodeName } from "../../nodeset/sets/node_name.ts";
import { listedNodes } from "../../nodeset/mod.ts";
import { isOpen, usesFacts } from "../../trigger/targets/resolve.ts";
import { type GroupPlaces, listGroups } from "../group_lookup.ts";
import { settledTarget } from "../target.ts";
import type { SetChange } from "./shell_line.ts";

/**
 * What `target` becomes.
 * @throws {TargetError} where the line cannot be read
 * @throws {UserError} if a group cannot be used, or no host would be meant
 */
export async function changedTarget(
  target: Target,
  change: SetChange,
  groups: GroupPlaces,
): Promise<Target> {
  const typed = await typedTarget(change, groups);
  switch (change.kind) {
    case "set":
      return await settledTarget(typed, groups);
    case "add":
      return simplified(await settledTarget(uniteTargets([target, typed]), groups));
    case "remove":
      return simplified(await settledTarget(excludeNodes(target, typed), groups));
    default:
      return change.kind satisfies never;
  }
}

/** A set that grows and shrinks for a day stays as short as the names in it. */
function simplified(target: Target): Target {
  if (isOpen(target) || usesFacts(target)) return target;
  const listed = [...listedNodes(target)].map((name) => ({ name, facts: new Map() }));
  return targetOfNames(selectNodes(target, listed).map(parseNodeName));
}

async function typedTarget({ kind, line }: SetChange, groups: GroupPlaces): Promise<Target> {
  const start = kind === "set" && await namesGroup(line, groups) ? 0 : 1;
  try {
    return parseTarget(line.slice(start));
  } catch (cause) {
    if (!(cause instanceof TargetError)) throw cause;
    const where = { input: line, position: cause.position + start };
    throw new TargetError(cause.message, where, { cause, hint: cause.hint });
  }
}

/** A group as it may stand at the beginning of a set: `@db`, `@rack[1-4]`, `@slurm:gpu`. */
const GROUP = /^@[\w.%+-]+(\[[^\]]*\][\w.%+-]*)*(:|(?=[\s,!&^]|$))/;

/**
 * With clush `@` only says that a set follows, `@web[1-3]`, and a group is `@@db`. Whoever types
 * `@db` means the group if there is one.
 */
async function namesGroup(line: string, groups: GroupPlaces): Promise<boolean> {
  const [group] = GROUP.exec(line) ?? [];
  if (group === undefined) return false;
  if (group.endsWith(":")) return true;
  const [name = "", range] = group.split("[");
  const known = await listGroups(groups);
  return known.includes(group) ||
    (range !== undefined && known.some((other) => other.startsWith(name)));
}
