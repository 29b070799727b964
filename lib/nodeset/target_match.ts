/**
 * Whom a target selects. Imports its siblings.
 * @module
 */

import { UnresolvedTargetError } from "./errors.ts";
import { compileFactCondition } from "./fact_condition.ts";
import { matchesGlob } from "./glob.ts";
import { printGroup } from "./group_term.ts";
import { LinearRegex } from "./linear_regex.ts";
import type { NodeName } from "./node_name.ts";
import { hasName, type NodePattern } from "./node_pattern.ts";
import { expandPatterns } from "./node_set.ts";
import type { Target } from "./target_ast.ts";

/** What a target is asked about. */
export interface TargetNode {
  /** The whole name; compared exactly, upper and lower case differ. */
  readonly name: string;
  /** What the node says of itself. */
  readonly facts: ReadonlyMap<string, string>;
}

/** Tells whether a node is selected. */
type Test = (node: TargetNode) => boolean;

/** Makes a test for one of the names of some patterns. */
type ListTest = (patterns: readonly NodePattern[]) => (name: string) => boolean;

/**
 * Tells whether `target` selects `node`. Lists no names, so it is cheap for one node whatever the
 * target; for many nodes use {@linkcode select}.
 * @throws {UnresolvedTargetError} if a group is left anywhere in the target, even where it could not
 * change the answer
 */
export function matches(target: Target, node: TargetNode): boolean {
  return compile(target, scanPatterns)(node);
}

/**
 * Gives the names of the `nodes` that `target` selects, in the order of `nodes`.
 * @throws {UnresolvedTargetError} if a group is left anywhere in the target
 * @throws {TargetError} if the target lists more than a million names
 */
export function select(target: Target, nodes: Iterable<TargetNode>): string[] {
  const test = compile(target, expandToSet);
  const names: string[] = [];
  for (const node of nodes) if (test(node)) names.push(node.name);
  return names;
}

/**
 * Gives every name that the target lists literally, even those that it excludes, so that one that
 * nobody knows can be reported. Groups list nothing until they are resolved.
 * @throws {TargetError} if there are more than a million
 */
export function namedNodes(target: Target): Set<NodeName> {
  return expandPatterns(listedPatterns(target));
}

function listedPatterns(target: Target): readonly NodePattern[] {
  switch (target.kind) {
    case "nodes":
      return target.patterns;
    case "not":
      return listedPatterns(target.item);
    case "or":
    case "xor":
    case "and":
      return target.items.flatMap(listedPatterns);
    default:
      return [];
  }
}

function scanPatterns(patterns: readonly NodePattern[]): (name: string) => boolean {
  return (name) => patterns.some((pattern) => hasName(pattern, name));
}

function expandToSet(patterns: readonly NodePattern[]): (name: string) => boolean {
  const names: ReadonlySet<string> = expandPatterns(patterns);
  return (name) => names.has(name);
}

/** Visits the whole tree first, so that a group that is left is found wherever it is. */
function compile(target: Target, listTest: ListTest): Test {
  switch (target.kind) {
    case "all":
      return () => true;
    case "nodes":
      return testName(listTest(target.patterns));
    case "glob":
      return testName((name) => matchesGlob(target.glob, name));
    case "regex":
      return testName(searchName(target.source));
    case "group":
      throw new UnresolvedTargetError(printGroup(target));
    case "fact":
      return testFacts(compileFactCondition(target.condition));
    case "not":
      return negation(compile(target.item, listTest));
    case "or":
    case "xor":
    case "and":
      return combination(target.kind, target.items.map((item) => compile(item, listTest)));
    default:
      return target satisfies never;
  }
}

function testName(test: (name: string) => boolean): Test {
  return ({ name }) => test(name);
}

function testFacts(test: (facts: ReadonlyMap<string, string>) => boolean): Test {
  return ({ facts }) => test(facts);
}

function searchName(source: string): (name: string) => boolean {
  const regex = new LinearRegex(source);
  return (name) => regex.test(name);
}

function negation(test: Test): Test {
  return (node) => !test(node);
}

function combination(kind: "or" | "xor" | "and", tests: readonly Test[]): Test {
  switch (kind) {
    case "or":
      return (node) => tests.some((test) => test(node));
    case "and":
      return (node) => tests.every((test) => test(node));
    case "xor":
      return (node) => tests.filter((test) => test(node)).length % 2 === 1;
    default:
      return kind satisfies never;
  }
}
