/**
 * Applies mutants to the source: finds their markers, the text without the check, and the tests that
 * must notice.
 * @module
 */

import ts from "typescript";
import { messageOf } from "../../lib/base/errors.ts";
import { filesUnder, findMarkers, type MarkedPlace, parse } from "./marker.ts";
import { type CheckGroup, type Edit, edited, type Mutant } from "./mutant.ts";
import { testsOf } from "./test_files.ts";

/** A mutant, applied. */
export interface Mutation {
  /** The group, the marker and what is no longer checked. */
  readonly title: string;
  /** The file, from the project's root. */
  readonly file: string;
  /** The line of the marker, counted from 1. */
  readonly line: number;
  /** The text of the file without the check. */
  readonly mutated: string;
  /** The test files of which one must fail, quickest first. */
  readonly tests: readonly string[];
}

/** What became of all mutants. */
export interface Application {
  /** The mutants that could be applied. */
  readonly mutations: readonly Mutation[];
  /** What is wrong with the others, and with the markers. */
  readonly problems: readonly string[];
}

/** What code of mutants may name besides the names of the file that it changes. */
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

/** Applies all mutants of `groups` to `places`; `testFiles` are all tests there are. */
export function applyTo(
  groups: readonly CheckGroup[],
  places: readonly MarkedPlace[],
  testFiles: readonly string[],
): Application {
  const mutations: Mutation[] = [];
  const problems = misused(groups, places);
  for (const { group, marker, mutant } of listed(groups)) {
    const title = `${group.name}: ${marker}: ${mutant.name}`;
    const place = places.find((each) => each.marker === marker);
    if (!place) continue;
    try {
      const mutated = mutatedText(mutant, place);
      const tests = testsOf(place.file, group.tests, testFiles);
      mutations.push({ title, file: place.file, line: place.line, mutated, tests });
    } catch (error) {
      problems.push(`${title}: ${messageOf(error)}`);
    }
  }
  return { mutations, problems };
}

/** Every marker is to be in the source once, and in the groups once. */
function misused(groups: readonly CheckGroup[], places: readonly MarkedPlace[]): string[] {
  const inSource = places.map(({ marker }) => marker);
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

function mutatedText(mutant: Mutant, { file, source, node }: MarkedPlace): string {
  const edit = mutant.edit(node);
  const mutated = edited(source, edit);
  if (mutated === source) throw new Error("changes nothing");
  const tree = parse(file, mutated);
  if (hasSyntaxErrors(tree)) throw new Error("the file does not parse without the check");
  const unknown = unknownNames(edit, node.getSourceFile(), tree);
  if (unknown.length > 0) throw new Error(`${file} has no ${unknown.join(", ")}`);
  return mutated;
}

/** The parser's public way to these errors compiles the file, which takes ten times as long. */
function hasSyntaxErrors(tree: ts.SourceFile & { parseDiagnostics?: readonly unknown[] }): boolean {
  if (!tree.parseDiagnostics) throw new Error("the parser tells no errors");
  return tree.parseDiagnostics.length > 0;
}

/** A mutant that names what is not there fails at once, so tests would notice it for nothing. */
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
