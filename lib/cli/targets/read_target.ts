/**
 * Makes one target of the target options, and replaces its groups by their hosts. Refuses a target
 * that can match no host, or that is too long to sign, before anything is sent.
 * @module
 */
import { GroupError, TargetError } from "../../nodeset/parsing/errors.ts";
import { parseNodeName } from "../../nodeset/sets/node_name.ts";
import {
  ALL_NODES,
  excludeNodes,
  listedNodes,
  parseFactCondition,
  parseGroupList,
  parseTarget,
  printTarget,
  resolveGroups,
  selectNodes,
  type Target,
  targetOfNames,
  uniteTargets,
} from "../../nodeset/mod.ts";
import { isOpen, usesFacts } from "../../trigger/targets/resolve.ts";
import { UserError } from "../../base/errors.ts";
import { groupLookup, type GroupSources } from "./groups.ts";
import { parseNameList, readNameList, withSourceName } from "./name_list.ts";
import type { TargetChoice, UnparsedSet } from "../args/target_options.ts";

const SET_SYNTAX = { syntax: "set" } as const;

/**
 * Reads the target options, and replaces groups with the lookup `groups`.
 * @throws {TargetError} if the target is invalid
 * @throws {UserError} if a group or a list of names cannot be used, or the target can match no host
 * or is too long to sign
 */
export async function readTarget(choice: TargetChoice, groups: GroupSources): Promise<Target> {
  return await prepareTarget(await targetFromOptions(choice), groups);
}

/**
 * Replaces the groups in `typed` with the lookup `groups`.
 * @throws {UserError} if a group cannot be used, or the target can match no host or is too long to
 * sign
 */
export async function prepareTarget(typed: Target, groups: GroupSources): Promise<Target> {
  const target = await withoutGroups(typed, groups);
  refuseEmptyTarget(target);
  refuseTooLong(target);
  return target;
}

/**
 * Reads sets and resolves with the names that they list. Used if there is no queue that knows other
 * hosts.
 * @throws as {@linkcode readTarget}, and a {@linkcode UserError} if a set is not a plain list
 */
export async function readNodeSet(
  sets: readonly UnparsedSet[],
  groups: GroupSources,
): Promise<readonly string[]> {
  return await listNames(await readSets(sets), groups);
}

/**
 * Resolves with the names that `target` lists.
 * @throws {UserError} if a group cannot be used, or the target may match names that are not in it
 */
export async function listNames(target: Target, groups: GroupSources): Promise<readonly string[]> {
  const names = await namesIfClosed(target, groups);
  if (names !== undefined) return names;
  throw new UserError("node set does not list its hosts", {
    hint: "use names, ranges and groups of them, such as web[01-20],@db",
  });
}

/**
 * Resolves with the names that `target` lists; `undefined` if it may match others.
 * @throws {UserError} if a group cannot be used
 */
export async function namesIfClosed(
  target: Target,
  groups: GroupSources,
): Promise<readonly string[] | undefined> {
  const resolved = await withoutGroups(target, groups);
  return isOpen(resolved) ? undefined : listedNames(resolved);
}

function listedNames(target: Target): readonly string[] {
  return selectNodes(target, [...listedNodes(target)].map((name) => ({ name, facts: new Map() })));
}

async function targetFromOptions(choice: TargetChoice): Promise<Target> {
  const { base, exclude: left, facts, select: condition } = choice;
  refuseSecondStdin([...(base.kind === "sets" ? base.sets : []), ...left]);
  const all: Target[] = [await baseTarget(base)];
  for (const fact of facts) all.push(withSourceName("-F", () => factTarget(fact)));
  if (condition !== undefined) all.push(withSourceName("--select", () => parseTarget(condition)));
  const [first = ALL_NODES] = all;
  const target: Target = all.length > 1 ? { kind: "and", items: all } : first;
  return left.length === 0 ? target : excludeNodes(target, await readSets(left));
}

async function baseTarget(base: TargetChoice["base"]): Promise<Target> {
  switch (base.kind) {
    case "all":
      return ALL_NODES;
    case "host":
      return targetOfNames([parseNodeName(base.name)]);
    case "sets":
      return await readSets(base.sets);
    default:
      return base satisfies never;
  }
}

/**
 * Reads sets without replacing their groups. Keeps a single set as it was written; joins several.
 * @throws {TargetError} if one is invalid
 * @throws {UserError} if a list of names cannot be used
 */
export async function readSets(sets: readonly UnparsedSet[]): Promise<Target> {
  const targets: Target[] = [];
  for (const set of sets) targets.push(await readSet(set));
  const [only, second] = targets;
  return only !== undefined && second === undefined ? only : uniteTargets(targets);
}

async function readSet({ kind, option, text }: UnparsedSet): Promise<Target> {
  const list = kind === "set" ? parseNameList(text) : undefined;
  if (list !== undefined) return await readNameList(list);
  const read = () => kind === "groups" ? parseGroupList(text) : parseTarget(text, SET_SYNTAX);
  return option === undefined ? read() : withSourceName(option, read);
}

function factTarget(text: string): Target {
  return { kind: "fact", condition: parseFactCondition(text) };
}

/**
 * Refuses to read stdin twice.
 * @throws {UserError} if more than one of `sets` is `-`
 */
export function refuseSecondStdin(sets: readonly UnparsedSet[]): void {
  if (sets.filter(({ kind, text }) => kind === "set" && text === "-").length < 2) return;
  throw new UserError("stdin can be read only once", {
    hint: "read the other names from a file with ^FILE",
  });
}

async function withoutGroups(target: Target, groups: GroupSources): Promise<Target> {
  try {
    return await resolveGroups(target, groupLookup(groups));
  } catch (cause) {
    if (!(cause instanceof GroupError)) throw cause;
    throw new UserError(cause.message, { cause, hint: groupHint(cause, groups) });
  }
}

function groupHint({ group }: GroupError, { files, programs }: GroupSources): string {
  if (group.startsWith("@job:")) return "name a past job as @job:last:failed or @job:ID:rc=3";
  return group.includes(":")
    ? `check the program for other group sources: ${programs.join(" or ")}`
    : `define it in ${files.join(" or ")} with a line such as "db: db[1-3]"`;
}

/** Refuses a target that excludes all its names. Otherwise only the hub would notice. */
function refuseEmptyTarget(target: Target): void {
  if (isOpen(target) || usesFacts(target)) return;
  if (listedNames(target).length > 0) return;
  throw new UserError("target matches no host", {
    hint: "check the excluded hosts and the groups of the target",
  });
}

function refuseTooLong(target: Target): void {
  try {
    printTarget(target);
  } catch (cause) {
    if (!(cause instanceof TargetError)) throw cause;
    throw new UserError(cause.message, {
      cause,
      hint:
        "name the hosts by a pattern, a glob or a fact, or in parts from nanotrigger nodeset --split N",
    });
  }
}
