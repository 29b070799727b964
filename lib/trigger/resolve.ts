/**
 * From a target to the names of the hosts that it means, with the help of who is attached.
 * Imports `base`, `nodeset` and `hub`.
 * @module
 */
import type { Hub } from "../hub/hub.ts";
import { namedNodes, select, type Target, type TargetNode } from "../nodeset/target.ts";
import { attendance, type AttendanceOptions } from "./attendance.ts";

/** The hosts that a target means. */
export interface Resolved {
  /** Their names; those that are not attached yet are waited for. */
  readonly nodes: readonly string[];
  /** Names that the target lists, that are not attached, and of which nobody can tell more. */
  readonly unknown: readonly string[];
}

/**
 * Finds the hosts that `target` means. A target that only lists names is clear at once; any other
 * must wait until those that could be meant have attached.
 * @throws {TargetError} if the target lists more than a million names
 * @throws the signal's reason when it is aborted
 */
export async function resolve(
  hub: Hub,
  target: Target,
  options: AttendanceOptions,
): Promise<Resolved> {
  const named = [...namedNodes(target)];
  if (!isClear(target)) {
    await attendance(hub, isOpen(target) ? options : { ...options, expect: named });
  }
  const attached = new Map([...hub.roster].map((session) => [session.name, session.hello.facts]));
  const absent = named.filter((name) => !attached.has(name));
  const nodes = select(target, [
    ...[...attached].map(([name, facts]) => nodeOf(name, facts)),
    ...absent.map((name) => nodeOf(name, {})),
  ]);
  const meant = new Set(nodes);
  const unknown = isClear(target) ? [] : absent.filter((name) => !meant.has(name));
  return { nodes, unknown };
}

function nodeOf(name: string, facts: Readonly<Record<string, string>>): TargetNode {
  return { name, facts: new Map(Object.entries(facts)) };
}

/** Whether the names in `target` say everything: it can be resolved without asking anybody. */
function isClear(target: Target): boolean {
  return !isOpen(target) && !usesFacts(target);
}

/** Whether `target` may mean hosts whose names are not in it. */
function isOpen(target: Target): boolean {
  switch (target.kind) {
    case "nodes":
      return false;
    case "and":
      return target.items.every(isOpen);
    case "or":
    case "xor":
      return target.items.some(isOpen);
    case "all":
    case "glob":
    case "regex":
    case "fact":
    case "group":
    case "not":
      return true;
    default:
      return target satisfies never;
  }
}

function usesFacts(target: Target): boolean {
  switch (target.kind) {
    case "fact":
      return true;
    case "not":
      return usesFacts(target.item);
    case "and":
    case "or":
    case "xor":
      return target.items.some(usesFacts);
    default:
      return false;
  }
}
