/**
 * From a target to the names of the hosts that it means, with the help of who is attached.
 * Imports `nodeset`.
 * @module
 */
import {
  ALL_NODES,
  isNoNodes,
  listedNodes,
  NO_NODES,
  printTarget,
  selectNodes,
  type Target,
  type TargetNode,
} from "../nodeset/mod.ts";
import type { AttendanceOptions } from "./attendance.ts";
import { idleTerms } from "./idle_terms.ts";
import type { Queue } from "./queue.ts";

/** The hosts that a target means. */
export interface Resolved {
  /** Their names; those that are not attached yet are waited for. */
  readonly nodes: readonly string[];
  /** Names that are listed and not attached, and whose facts would have to be known. */
  readonly unknown: readonly string[];
  /** Globs and regular expressions that match nobody, as they are written. */
  readonly idle: readonly string[];
}

/**
 * Finds the hosts that `target` means. A target that only lists names is clear at once; any other
 * must wait until those that could be meant have attached. Whoever is expected for an open target
 * counts as listed: to be absent is no reason to be passed over.
 * @throws {TargetError} if the target lists more than a million names
 * @throws the signal's reason when it is aborted
 */
export async function resolve(
  queue: Pick<Queue, "meet" | "hosts" | "host">,
  target: Target,
  options: AttendanceOptions,
): Promise<Resolved> {
  const open = isOpen(target);
  const listed = new Set([...listedNodes(target), ...(open && options.expect || [])]);
  const expect = selectNodes(assuming(true, target), factless(listed));
  if (open || usesFacts(target)) await queue.meet(open ? options : { ...options, expect });
  const attached = [...queue.hosts()].map(({ name, facts }) => nodeOf(name, facts));
  const absent = expect.filter((name) => !queue.host(name));
  const certain = new Set(selectNodes(assuming(false, target), factless(absent)));
  return {
    nodes: [...selectNodes(target, attached), ...certain],
    unknown: absent.filter((name) => !certain.has(name)),
    idle: idleTerms(target, [...attached.map(({ name }) => name), ...absent]).map(printTarget),
  };
}

function nodeOf(name: string, facts: Readonly<Record<string, string>>): TargetNode {
  return { name, facts: new Map(Object.entries(facts)) };
}

function factless(names: Iterable<string>): TargetNode[] {
  return [...names].map((name) => nodeOf(name, {}));
}

/** What `target` means when every condition on facts lets in everybody, or nobody. */
function assuming(lets: boolean, target: Target): Target {
  const extreme = lets ? ALL_NODES : NO_NODES;
  switch (target.kind) {
    case "fact":
      return extreme;
    case "not":
      return { kind: "not", item: assuming(!lets, target.item) };
    case "and":
    case "or":
      return { kind: target.kind, items: target.items.map((item) => assuming(lets, item)) };
    case "xor":
      return usesFacts(target) ? extreme : target;
    default:
      return target;
  }
}

/** Whether `target` may mean hosts whose names are not in it. */
export function isOpen(target: Target): boolean {
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
      return true;
    case "not":
      return !isNoNodes(target);
    default:
      return target satisfies never;
  }
}

/** Whether it depends on facts whom `target` means. */
export function usesFacts(target: Target): boolean {
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
