/**
 * Evaluates a target: whether it selects a node, and which of many nodes. Globs on names match here
 * as well: `*` is any text, `?` any one character.
 * @module
 */
import { UnresolvedTargetError } from "../parsing/errors.ts";
import type { NodeName } from "../sets/node_name.ts";
import { hasName, type NodePattern } from "../sets/node_pattern.ts";
import { expandPatterns } from "../sets/node_set.ts";
import { compileFactCondition } from "./fact_condition.ts";
import { printGroup } from "./group_term.ts";
import { LinearRegex } from "./linear_regex.ts";
import type { Target } from "./target.ts";

/** A node that a target may select. */
export interface TargetNode {
  /** The whole name; compared exactly, upper and lower case differ. */
  readonly name: string;
  /** The facts that the node reports. */
  readonly facts: ReadonlyMap<string, string>;
}

/** Returns whether a node is selected. */
type NodeTest = (node: TargetNode) => boolean;

/** Makes a test for one of the names of some patterns. */
type NameListTest = (patterns: readonly NodePattern[]) => (name: string) => boolean;

/**
 * Returns whether `target` selects `node`. Lists no names, so it is cheap for one node; for many
 * nodes use {@linkcode selectNodes}.
 * @throws {UnresolvedTargetError} if a group is left anywhere in the target, even where it could
 * not change the result
 */
export function matchesTarget(target: Target, node: TargetNode): boolean {
  return compile(target, scanPatterns)(node);
}

/**
 * Returns the names of the `nodes` that `target` selects, in the order of `nodes`.
 * @throws {UnresolvedTargetError} if a group is left anywhere in the target
 * @throws {TargetError} if the target lists more than a million names
 */
export function selectNodes(target: Target, nodes: Iterable<TargetNode>): string[] {
  const test = compile(target, expandToSet);
  const names: string[] = [];
  for (const node of nodes) if (test(node)) names.push(node.name);
  return names;
}

/**
 * Returns every name that the target lists literally, even those that it excludes, so that unknown
 * names can be reported. Groups list nothing until they are resolved.
 * @throws {TargetError} if there are more than a million
 */
export function listedNodes(target: Target): Set<NodeName> {
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

/** Visits the whole tree first, so that a group is found anywhere in it. */
function compile(target: Target, listTest: NameListTest): NodeTest {
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

function testName(test: (name: string) => boolean): NodeTest {
  return ({ name }) => test(name);
}

function testFacts(test: (facts: ReadonlyMap<string, string>) => boolean): NodeTest {
  return ({ facts }) => test(facts);
}

function searchName(source: string): (name: string) => boolean {
  const regex = new LinearRegex(source);
  return (name) => regex.test(name);
}

function negation(test: NodeTest): NodeTest {
  return (node) => !test(node);
}

function combination(kind: "or" | "xor" | "and", tests: readonly NodeTest[]): NodeTest {
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

/**
 * Returns whether the whole of `name` matches `glob`, in time of at most the product of both
 * lengths.
 *
 * Only the last `*` is tried again: more characters for an earlier one would change nothing.
 */
export function matchesGlob(glob: string, name: string): boolean {
  let inGlob = 0;
  let inName = 0;
  let afterStar: number | undefined;
  let starTook = 0;
  while (inName < name.length) {
    if (glob[inGlob] === "*") {
      afterStar = ++inGlob;
      starTook = inName;
    } else if (glob[inGlob] === "?" || glob[inGlob] === name[inName]) {
      inGlob++;
      inName++;
    } else if (afterStar !== undefined) {
      inGlob = afterStar;
      inName = ++starTook;
    } else {
      return false;
    }
  }
  return glob.slice(inGlob).replaceAll("*", "") === "";
}
