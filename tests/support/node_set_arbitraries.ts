/**
 * Random names, patterns and targets for the property tests of node sets.
 * @module
 */

import fc from "fast-check";
import type { FactOperator } from "../../lib/nodeset/targets/fact_condition.ts";
import { Scanner } from "../../lib/nodeset/parsing/scanner.ts";
import { type NodePattern, readNodePattern } from "../../lib/nodeset/sets/node_pattern.ts";
import type { Target } from "../../lib/nodeset/mod.ts";

/** Parses one pattern. */
export function pattern(text: string): NodePattern {
  return readNodePattern(new Scanner(text));
}

/** `3`, `03`, `003`: few enough values that names are often adjacent or equal. */
const anyIndex: fc.Arbitrary<string> = fc
  .tuple(fc.nat(12), fc.constantFrom(1, 1, 2, 3))
  .map(([index, width]) => String(index).padStart(width, "0"));

/** Names of a few shapes with up to three numbers. */
export const anyName: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom("db", "web-a", "x.y", "a%s", "and1", "123456789012345678"),
  anyIndex.map((i) => `web${i}`),
  fc.tuple(anyIndex, anyIndex).map(([i, j]) => `r${i}n${j}`),
  fc.tuple(anyIndex, anyIndex, anyIndex).map(([i, j, k]) => `${i}-${j}.x${k}z`),
);

/** Sets of such names. */
export const anyNames: fc.Arbitrary<Set<string>> = fc
  .array(anyName, { maxLength: 60 }).map((names) => new Set(names));

/** `4`, `1-9/2` or `08-11`. */
const anyRange: fc.Arbitrary<string> = fc
  .tuple(fc.nat(30), fc.nat(30), fc.integer({ min: 1, max: 4 }), fc.boolean())
  .map(([first, length, step, isPadded]) => {
    const [from, to] = [first, first + length].map((n) =>
      String(n).padStart(isPadded ? 3 : 1, "0")
    );
    return length === 0 ? `${from}` : `${from}-${to}/${step}`;
  });

const anyRanges = fc.array(anyRange, { minLength: 1, maxLength: 3 }).map((r) => `[${r.join()}]`);

/** Patterns of one or two dimensions, some with digits beside the brackets. */
export const anyPatternText: fc.Arbitrary<string> = fc.oneof(
  anyName,
  fc.tuple(fc.constantFrom("web", "n1", ""), anyRanges, fc.constantFrom("", "-ib", "7", "7x"))
    .map((parts) => parts.join("")),
  fc.tuple(anyRanges, anyRanges).map(([i, j]) => `r${i}n${j}`),
);

/** Text for facts and groups, with everything that needs quoting. */
const anyText = fc.oneof(
  fc.constantFrom(
    "linux",
    "12",
    "-4.5",
    "Debian GNU/Linux",
    `a"b`,
    "a,b)",
    "*",
    "x:y",
    "out~",
    "ü",
  ),
  fc.string({ maxLength: 8 }),
);

const OPERATORS: readonly FactOperator[] = ["=", "!=", "~", "<", "<=", ">", ">="];

const anyFact = fc
  .tuple(fc.constantFrom("os", "cpus", "a.b-c_d"), fc.constantFrom(...OPERATORS), anyText, fc.nat())
  .map(([fact, operator, text, number]) => {
    const isText = operator === "=" || operator === "!=";
    const value = operator === "~" ? `^${number}[.]"|/` : isText ? text : String(number);
    return { fact, operator, value };
  });

/** Terms as `parseTarget` returns them. */
const anyTerm: fc.Arbitrary<Target> = fc.oneof(
  fc.constant<Target>({ kind: "all" }),
  fc.array(anyPatternText, { minLength: 1, maxLength: 3 })
    .map((texts): Target => ({ kind: "nodes", patterns: texts.map(pattern) })),
  fc.constantFrom("*", "web*", "db?", "n?*x").map((glob): Target => ({ kind: "glob", glob })),
  fc.constantFrom("^web", "a/b", "a\\\\/", "[0-9]+$", " ").map((source): Target => ({
    kind: "regex",
    source,
  })),
  anyFact.map((condition): Target => ({ kind: "fact", condition })),
);

const anyGroup: fc.Arbitrary<Target> = fc
  .tuple(fc.constantFrom(undefined, "job", "slurm"), anyText.filter((text) => text !== ""))
  .filter(([source, name]) => source !== undefined || name !== "*")
  .map(([source, name]): Target => ({ kind: "group", source, name }));

/** Returns trees of the given terms as `parseTarget` returns them. */
function targetsOf(term: fc.Arbitrary<Target>): fc.Arbitrary<Target> {
  return fc.letrec<{ target: Target }>((tie) => ({
    target: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      term,
      tie("target").map((item): Target => ({ kind: "not", item })),
      fc.tuple(
        fc.constantFrom("or", "xor", "and"),
        fc.array(tie("target"), { minLength: 2, maxLength: 4 }),
      ).map(([kind, items]): Target => ({ kind, items })),
    ),
  })).target;
}

/** Targets with groups in them. */
export const anyTarget: fc.Arbitrary<Target> = targetsOf(fc.oneof(anyTerm, anyGroup));

/** Targets that can be resolved. */
export const anyResolvedTarget: fc.Arbitrary<Target> = targetsOf(anyTerm);
