/**
 * The laws of sets, for targets as they are written and whatever their terms are: what two spellings
 * of a law select must be the same nodes.
 * @module
 */

import { deepStrictEqual } from "node:assert/strict";
import fc from "fast-check";
import { parseTarget, printTarget, selectNodes, type Target } from "../../lib/nodeset/mod.ts";
import { anyName, anyResolvedTarget } from "../support/node_set_arbitraries.ts";

const LAWS: Readonly<Record<string, readonly [left: string, right: string]>> = {
  "union commutes": ["A,B", "B,A"],
  "intersection commutes": ["A&B", "B&A"],
  "symmetric difference commutes": ["A^B", "B^A"],
  "union associates": ["(A,B),C", "A,(B,C)"],
  "intersection associates": ["(A&B)&C", "A&(B&C)"],
  "symmetric difference associates": ["(A^B)^C", "A^(B^C)"],
  "intersection distributes over union": ["A&(B,C)", "(A&B),(A&C)"],
  "union distributes over intersection": ["A,(B&C)", "(A,B)&(A,C)"],
  "intersection distributes over symmetric difference": ["A&(B^C)", "(A&B)^(A&C)"],
  "union is idempotent": ["A,A", "A"],
  "intersection is idempotent": ["A&A", "A"],
  "a set without itself is empty": ["A!A", "not ALL"],
  "a set and itself cancel out": ["A^A", "not ALL"],
  "absorption": ["A&(A,B)", "A"],
  "difference is intersection with the complement": ["A!B", "A and not B"],
  "difference from a union": ["(A,B)!C", "(A!C),(B!C)"],
  "a union taken away is both taken away": ["A!(B,C)", "A!B!C"],
  "an intersection taken away": ["A!(B&C)", "(A!B),(A!C)"],
  "a difference taken away": ["A!(B!C)", "(A!B),(A&C)"],
  "De Morgan of union": ["not (A or B)", "not A and not B"],
  "De Morgan of intersection": ["not (A and B)", "not A or not B"],
  "double complement": ["not not A", "A"],
  "symmetric difference by difference": ["A^B", "(A!B),(B!A)"],
  "symmetric difference by union": ["A^B", "(A,B)!(A&B)"],
  "a chain of symmetric differences is what an odd number holds": [
    "A^B^C",
    "(A!B!C),(B!A!C),(C!A!B),(A&B&C)",
  ],
  "everybody is neutral and absorbing": ["(A&ALL),(ALL!ALL)", "A"],
  "operators without parentheses go from left to right": ["A,B!C&A^B", "((((A),B)!C)&A)^B"],
  "symbols bind tighter than words": ["A,B and C", "(A,B)&C"],
  "words are the symbols": ["A or B xor C and A", "A,(B^(C&A))"],
};

/** Fills in what the letters of a law stand for; nothing of it is parsed before. */
function fill(law: string, targets: Readonly<Record<string, Target>>): Target {
  const text = law.replace(/\b[ABC]\b/g, (letter) => {
    const target = targets[letter];
    return target === undefined ? letter : `(${printTarget(target)})`;
  });
  return parseTarget(text);
}

const anyNodes = fc.array(
  fc.record({
    name: anyName,
    facts: fc.constantFrom<ReadonlyMap<string, string>>(
      new Map(),
      new Map([["os", "linux"], ["cpus", "12"]]),
      new Map([["os", "Debian GNU/Linux"], ["a.b-c_d", "-4.5"]]),
    ),
  }),
  { minLength: 1, maxLength: 30 },
);

for (const [law, [left, right]] of Object.entries(LAWS)) {
  Deno.test(`targets obey the laws of sets: ${law}`, () => {
    fc.assert(
      fc.property(
        anyResolvedTarget,
        anyResolvedTarget,
        anyResolvedTarget,
        anyNodes,
        (A, B, C, nodes) => {
          const letters = { A, B, C };
          deepStrictEqual(
            selectNodes(fill(left, letters), nodes),
            selectNodes(fill(right, letters), nodes),
            `${left} with ${[A, B, C].map(printTarget).join(" | ")}`,
          );
        },
      ),
    );
  });
}

Deno.test("targets of plain names are the sets of the language", () => {
  const anySet = fc.array(anyName, { minLength: 1, maxLength: 12 }).map((names) => new Set(names));
  const anyStep = fc.tuple(fc.constantFrom(",", "!", "&", "^"), anySet);
  fc.assert(fc.property(anySet, fc.array(anyStep, { maxLength: 12 }), (first, steps) => {
    let model = first;
    let text = [...first].join(",");
    for (const [operator, set] of steps) {
      const [one = ""] = set;
      const names = operator === "," ? set : new Set([one]);
      model = apply(model, operator, names);
      text += `${operator}${[...names].join(",")}`;
    }
    const all = new Set([first, ...steps.map(([, set]) => set)].flatMap((set) => [...set]));
    const nodes = Array.from(all, (name) => ({ name, facts: new Map<string, string>() }));
    const selected = selectNodes(parseTarget(text, { syntax: "set" }), nodes);
    deepStrictEqual(new Set(selected), model, text);
  }));
});

function apply(set: Set<string>, operator: string, other: Set<string>): Set<string> {
  if (operator === ",") return set.union(other);
  if (operator === "!") return set.difference(other);
  return operator === "&" ? set.intersection(other) : set.symmetricDifference(other);
}
