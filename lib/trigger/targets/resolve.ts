/**
 * Resolves a target to host names with the help of the hosts that are attached, and finds globs and
 * regular expressions in it that match no host, which are often typing errors.
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
} from "../../nodeset/mod.ts";
import type { Queue, WaitOptions } from "../queue/queue.ts";

/** The hosts that a target means. */
export interface ResolvedHosts {
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
  queue: Pick<Queue, "waitForAgents" | "hosts" | "host">,
  target: Target,
  options: WaitOptions,
): Promise<ResolvedHosts> {
  const open = isOpen(target);
  const listed = new Set([...listedNodes(target), ...(open && options.expect || [])]);
  const expect = selectNodes(assumeFacts(true, target), withoutFacts(listed));
  if (open || usesFacts(target)) await queue.waitForAgents(open ? options : { ...options, expect });
  const attached = [...queue.hosts()].map(({ name, facts }) => targetNode(name, facts));
  const absent = expect.filter((name) => !queue.host(name));
  const certain = new Set(selectNodes(assumeFacts(false, target), withoutFacts(absent)));
  return {
    nodes: [...selectNodes(target, attached), ...certain],
    unknown: absent.filter((name) => !certain.has(name)),
    idle: findUnmatchedTerms(target, [...attached.map(({ name }) => name), ...absent]).map(
      printTarget,
    ),
  };
}

function targetNode(name: string, facts: Readonly<Record<string, string>>): TargetNode {
  return { name, facts: new Map(Object.entries(facts)) };
}

function withoutFacts(names: Iterable<string>): TargetNode[] {
  return [...names].map((name) => targetNode(name, {}));
}

/** What `target` means when every condition on facts lets in everybody, or nobody. */
function assumeFacts(lets: boolean, target: Target): Target {
  const extreme = lets ? ALL_NODES : NO_NODES;
  switch (target.kind) {
    case "fact":
      return extreme;
    case "not":
      return { kind: "not", item: assumeFacts(!lets, target.item) };
    case "and":
    case "or":
      return { kind: target.kind, items: target.items.map((item) => assumeFacts(lets, item)) };
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

/** Gives the globs and regular expressions that could add hosts to `target`, and match no name. */
export function findUnmatchedTerms(target: Target, names: Iterable<string>): Target[] {
  const nodes = Array.from(names, (name) => ({ name, facts: new Map() }));
  return searchTerms(target).filter((search) => selectNodes(search, nodes).length === 0);
}

/** Those that only leave hosts out may well find nobody. */
function searchTerms(target: Target): Target[] {
  switch (target.kind) {
    case "glob":
    case "regex":
      return [target];
    case "and":
    case "or":
    case "xor":
      return target.items.flatMap(searchTerms);
    default:
      return [];
  }
}
