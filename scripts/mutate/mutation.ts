/**
 * Applies mutants to the source: finds their markers, the text without the check, and the tests
 * that must fail.
 * @module
 */

import ts from "typescript";
import { messageOf } from "../../lib/base/errors.ts";
import { filesUnder, findMarkers, type MarkedNode, parse } from "./marker.ts";
import { type CheckGroup, type Edit, edited, type Mutant } from "./mutant.ts";
import { testsOf } from "./test_files.ts";

/** An applied mutant. */
export interface Mutation {
  /** The group, the marker and the removed check. */
  readonly title: string;
  /** The path of the file, relative to the project's root. */
  readonly file: string;
  /** The line of the marker, counted from 1. */
  readonly line: number;
  /** The text of the file without the check. */
  readonly mutated: string;
  /** The test files of which one must fail, quickest first. */
  readonly tests: readonly string[];
}

/** The result of applying all mutants. */
export interface Application {
  /** The mutants that could be applied. */
  readonly mutations: readonly Mutation[];
  /** The problems of the others, and of the markers. */
  readonly problems: readonly string[];
}

/** Names that the code of mutants may use besides those of the changed file. */
const GLOBALS: ReadonlySet<string> = new Set([
  "Deno",
  "Infinity",
  "Math",
  "TextDecoder",
  "decode",
  "lstatSync",
  "min",
  "slice",
  "startsWith",
  "statSync",
  "toLowerCase",
  "undefined",
  "values",
]);

/** Applies all mutants of `groups` to the files of `lib` under `root`. Writes nothing. */
export async function applyAll(root: string, groups: readonly CheckGroup[]): Promise<Application> {
  return applyTo(groups, await findMarkers(root, "lib"), await filesUnder(root, "tests"));
}

/** Applies all mutants of `groups` to `markedNodes`; `testFiles` are all tests there are. */
export function applyTo(
  groups: readonly CheckGroup[],
  markedNodes: readonly MarkedNode[],
  testFiles: readonly string[],
): Application {
  const mutations: Mutation[] = [];
  const problems = misused(groups, markedNodes);
  for (const { group, marker, mutant } of listed(groups)) {
    const title = `${group.name}: ${marker}: ${mutant.name}`;
    const markedNode = markedNodes.find((each) => each.marker === marker);
    if (!markedNode) continue;
    try {
      const mutated = mutatedText(mutant, markedNode);
      const tests = testsOf(markedNode.file, group.tests, testFiles);
      mutations.push({ title, file: markedNode.file, line: markedNode.line, mutated, tests });
    } catch (error) {
      problems.push(`${title}: ${messageOf(error)}`);
    }
  }
  return { mutations, problems };
}

/** Returns the markers that are not exactly once in the source and once in the groups. */
function misused(groups: readonly CheckGroup[], markedNodes: readonly MarkedNode[]): string[] {
  const inSource = markedNodes.map(({ marker }) => marker);
  const inGroups = groups.flatMap(({ checks }) => Object.keys(checks));
  const used = new Set(inGroups);
  const marked = new Set(inSource);
  return [
    ...repeated(inSource).map((name) => `${name}: more than one such marker`),
    ...repeated(inGroups).map((name) => `${name}: in more than one group`),
    ...inSource.filter((name) => !used.has(name)).map((name) => `${name}: marker without a mutant`),
    ...inGroups.filter((name) => !marked.has(name)).map((name) => `${name}: no such marker`),
    ...repeated(listed(groups).map(({ marker, mutant }) => `${marker}: ${mutant.name}`))
      .map((title) => `${title}: more than one such mutant`),
  ];
}

function listed(
  groups: readonly CheckGroup[],
): { group: CheckGroup; marker: string; mutant: Mutant }[] {
  return groups.flatMap((group) =>
    Object.entries(group.checks).flatMap(([marker, mutants]) =>
      mutants.map((mutant) => ({ group, marker, mutant }))
    )
  );
}

function repeated(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

function mutatedText(mutant: Mutant, { file, source, node }: MarkedNode): string {
  const edit = mutant.edit(node);
  const mutated = edited(source, edit);
  if (mutated === source) throw new Error("changes nothing");
  const tree = parse(file, mutated);
  if (hasSyntaxErrors(tree)) throw new Error("the file does not parse without the check");
  const unknown = unknownNames(edit, node.getSourceFile(), tree);
  if (unknown.length > 0) throw new Error(`${file} has no ${unknown.join(", ")}`);
  return mutated;
}

/** Uses a private field: the public way to these errors compiles the file, ten times slower. */
function hasSyntaxErrors(tree: ts.SourceFile & { parseDiagnostics?: readonly unknown[] }): boolean {
  if (!tree.parseDiagnostics) throw new Error("parser reports no diagnostics");
  return tree.parseDiagnostics.length > 0;
}

/** Returns unknown names in a mutant: with them it would fail at once, and count as killed. */
function unknownNames(
  { start, text }: Edit,
  before: ts.SourceFile,
  after: ts.SourceFile,
): readonly string[] {
  const known = namesIn(before, 0, before.getEnd());
  return [...namesIn(after, start, start + text.length)]
    .filter((name) => !known.has(name) && !GLOBALS.has(name));
}

function namesIn(node: ts.Node, start: number, end: number): ReadonlySet<string> {
  const names = new Set<string>();
  visit(node);
  return names;

  function visit(each: ts.Node): void {
    const isName = ts.isIdentifier(each) || ts.isPrivateIdentifier(each);
    if (isName && each.getStart() >= start && each.getEnd() <= end) names.add(each.text);
    each.forEachChild(visit);
  }
}
