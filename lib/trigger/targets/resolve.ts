/**
 * Resolves a target to host names, which may depend on the attached hosts. Finds globs and regular
 * expressions that match no host, because these are often typing errors.
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

/** The hosts of a target. */
export interface ResolvedHosts {
  /** The names of the hosts, attached or not. */
  readonly nodes: readonly string[];
  /** Listed hosts that are not attached, where the target depends on their facts. */
  readonly unknown: readonly string[];
  /** Globs and regular expressions that match no host, as written. */
  readonly idle: readonly string[];
}

/**
 * Resolves `target`. A list of names is resolved at once; another target waits until agents have had
 * the time to attach. The expected hosts of an open target count as listed, so that a detached host
 * is not skipped silently.
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

/** Returns `target` with every condition on facts replaced by all hosts, or by none. */
function assumeFacts(matches: boolean, target: Target): Target {
  const extreme = matches ? ALL_NODES : NO_NODES;
  switch (target.kind) {
    case "fact":
      return extreme;
    case "not":
      return { kind: "not", item: assumeFacts(!matches, target.item) };
    case "and":
    case "or":
      return { kind: target.kind, items: target.items.map((item) => assumeFacts(matches, item)) };
    case "xor":
      return usesFacts(target) ? extreme : target;
    default:
      return target;
  }
}

/** Returns whether `target` may match hosts that it does not name. */
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

/** Returns whether `target` depends on facts. */
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

/** Returns the globs and regular expressions that could add hosts to `target` and match no name. */
export function findUnmatchedTerms(target: Target, names: Iterable<string>): Target[] {
  const nodes = Array.from(names, (name) => ({ name, facts: new Map() }));
  return searchTerms(target).filter((term) => selectNodes(term, nodes).length === 0);
}

/** Returns the globs and regular expressions that add hosts. One that excludes hosts may match none. */
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
