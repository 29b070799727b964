/**
 * `nanotrigger nodeset`: computes with node sets, without a network.
 * @module
 */
import { sortNodeNames } from "../../nodeset/sets/node_name.ts";
import {
  foldIntoGroups,
  foldNodes,
  type GroupMembers,
  splitIntoContiguous,
  splitIntoParts,
} from "../../nodeset/sets/node_set.ts";
import { expandRangeSet, parseRangeSet } from "../../nodeset/sets/range_set.ts";
import {
  excludeNodes,
  NO_NODES,
  parseTarget,
  type Target,
  uniteTargets,
} from "../../nodeset/mod.ts";
import { sample } from "../../trigger/targets/host_subset.ts";
import { EXIT_OK } from "../process/exit_code.ts";
import { type GroupSources, listGroups } from "../targets/groups.ts";
import { randomSeed } from "../targets/random_subset.ts";
import { withSourceName } from "../targets/name_list.ts";
import type { NodesetAction, NodesetOptions, NodesetStep } from "./nodeset_options.ts";
import { findInstallationPaths } from "../keys/installation_paths.ts";
import { listNames, namesIfClosed, readSets, refuseSecondStdin } from "../targets/read_target.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** Prints the requested form of the sets. */
export async function printNodeset(options: NodesetOptions, terminal: Terminal): Promise<number> {
  const { action, all, source, steps } = options;
  const { groups } = findInstallationPaths();
  const sources = source === undefined ? groups : { ...groups, defaultSource: source };
  if (action.kind === "groups" && !all && steps.length === 0) {
    await printLines(await allGroups(action, sources), terminal);
    return EXIT_OK;
  }
  const start: Target = all ? { kind: "group", source: undefined, name: "*" } : NO_NODES;
  const names = await listNames(await applySteps(start, steps), sources);
  const kept = selectNames(sortNodeNames(names), options);
  if (action.kind === "groups") await printLines(await groupsOf(kept, action, sources), terminal);
  else await printLines(await outputLines(kept, { ...options, action }, sources), terminal);
  return EXIT_OK;
}

async function printLines(lines: readonly string[], terminal: Terminal): Promise<void> {
  if (lines.length > 0) await terminal.print(lines.join("\n"));
}

/** Applies each step to the result of the previous ones. */
async function applySteps(start: Target, steps: readonly NodesetStep[]): Promise<Target> {
  refuseSecondStdin(steps.map(({ set }) => set));
  let target = start;
  for (const { operation, set } of steps) {
    const operand = await readSets([set]);
    if (operation === "or") target = uniteTargets([target, operand]);
    else if (operation === "not") target = excludeNodes(target, operand);
    else target = { kind: operation, items: [target, operand] };
  }
  return target;
}

function selectNames(
  names: readonly string[],
  { slice, pick, seed }: NodesetOptions,
): readonly string[] {
  const sliced = slice === undefined ? names : sliceOf(names, slice);
  return pick === undefined ? sliced : sample(sliced, { count: pick, seed: seed ?? randomSeed() });
}

function sliceOf(names: readonly string[], slice: string): readonly string[] {
  const ranges = withSourceName("-I", () => parseRangeSet(slice));
  const within = ranges
    .filter(({ first }) => first < names.length)
    .map((range) => ({ ...range, width: 0, last: Math.min(range.last, names.length - 1) }));
  const wanted = new Set(expandRangeSet(within));
  return names.filter((_, index) => wanted.has(String(index)));
}

interface Printing extends Pick<NodesetOptions, "parts"> {
  readonly action: Exclude<NodesetAction, { readonly kind: "groups" }>;
}

async function outputLines(
  names: readonly string[],
  { action, parts }: Printing,
  sources: GroupSources,
): Promise<readonly string[]> {
  const groups = action.kind === "regroup" ? await groupMembers(sources) : new Map();
  return partsOf(names, parts).map((part) => formatPart(part, action, groups));
}

function partsOf(
  names: readonly string[],
  parts: NodesetOptions["parts"],
): readonly (readonly string[])[] {
  if (parts.kind === "whole" || names.length === 0) return [names];
  return parts.kind === "split" ? splitIntoParts(names, parts.parts) : splitIntoContiguous(names);
}

function formatPart(
  names: readonly string[],
  action: Printing["action"],
  groups: GroupMembers,
): string {
  switch (action.kind) {
    case "fold":
      return foldNodes(names);
    case "expand":
      return names.join(action.separator);
    case "count":
      return String(names.length);
    case "regroup":
      return foldIntoGroups(names, groups);
    default:
      return action satisfies never;
  }
}

type GroupsAction = Extract<NodesetAction, { readonly kind: "groups" }>;

async function allGroups(
  { withHosts }: GroupsAction,
  sources: GroupSources,
): Promise<readonly string[]> {
  const groups = (await listGroups(sources)).toSorted();
  if (!withHosts) return groups;
  return Array.from(
    await groupMembers(sources),
    ([group, names]) => `${group} ${foldNodes(names)}`,
  );
}

async function groupsOf(
  names: readonly string[],
  { withHosts }: GroupsAction,
  sources: GroupSources,
): Promise<readonly string[]> {
  const wanted = new Set(names);
  const lines: string[] = [];
  for (const [group, all] of await groupMembers(sources)) {
    const some = wanted.intersection(all);
    if (some.size > 0) lines.push(withHosts ? `${group} ${foldNodes(some)}` : group);
  }
  return lines;
}

/**
 * Returns the names in each group of the default source, in the order of the groups. Leaves out
 * open groups.
 */
async function groupMembers(sources: GroupSources): Promise<GroupMembers> {
  const found = new Map<string, ReadonlySet<string>>();
  for (const group of (await listGroups(sources)).toSorted()) {
    const names = await namesIfClosed(parseTarget(group), sources);
    if (names !== undefined) found.set(group, new Set(names));
  }
  return found;
}
