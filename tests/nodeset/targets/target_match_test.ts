import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { foldNodes } from "../../../lib/nodeset/sets/node_set.ts";
import {
  listedNodes,
  matchesTarget,
  selectNodes,
  type TargetNode,
} from "../../../lib/nodeset/targets/target_match.ts";
import { parseTarget } from "../../../lib/nodeset/targets/target_parser.ts";
import { anyName, anyNames, anyResolvedTarget } from "../../support/node_set_arbitraries.ts";

function node(name: string, facts: Readonly<Record<string, string>> = {}): TargetNode {
  return { name, facts: new Map(Object.entries(facts)) };
}

/** What a target selects of the nodes that it names. */
function evaluate(text: string): Set<string> {
  const target = parseTarget(text);
  return new Set(selectNodes(target, Array.from(listedNodes(target), (name) => node(name))));
}

/** One operand. */
function operand(names: ReadonlySet<string>): string {
  return `(${foldNodes(names)})`;
}

const FLEET: readonly TargetNode[] = [
  node("web1", { os: "linux", cpus: "4" }),
  node("web10", { os: "linux", cpus: "8" }),
  node("WEB1", { os: "bsd" }),
  node("web1.example.com", { os: "linux" }),
  node("db1", { os: "bsd", cpus: "16" }),
  node("ALLSTAR"),
];

const SELECTED: readonly (readonly [target: string, names: string])[] = [
  ["web1", "web1"],
  ["web", ""],
  ["web[1-20]", "web1 web10"],
  ["web[01-20]", "web10"],
  ["ALL", "web1 web10 WEB1 web1.example.com db1 ALLSTAR"],
  ["ALLSTAR", "ALLSTAR"],
  ["web1.", ""],
  ["Web1", ""],
  ["web*", "web1 web10 web1.example.com"],
  ["web?", "web1"],
  ["/^web1$/", "web1"],
  ["/eb1/", "web1 web10 web1.example.com"],
  ["os=linux", "web1 web10 web1.example.com"],
  ["os!=linux", "WEB1 db1"],
  ["not os=linux", "WEB1 db1 ALLSTAR"],
  ["cpus>4", "web10 db1"],
  ["os=linux and cpus>4", "web10"],
  ["os=bsd or cpus<5", "web1 WEB1 db1"],
  ["os=linux xor cpus>4", "web1 web1.example.com db1"],
  ["os=linux xor cpus>4 xor web10", "web1 web10 web1.example.com db1"],
  ["ALL and not ALL", ""],
  ["web1 and not web1", ""],
  ["ALL!web*", "WEB1 db1 ALLSTAR"],
];

Deno.test("matches and select compare whole names and facts", () => {
  for (const [text, names] of SELECTED) {
    const target = parseTarget(text);
    const selected = names.split(" ").filter(Boolean);
    deepStrictEqual(selectNodes(target, FLEET), selected, text);
    for (const one of FLEET) {
      strictEqual(matchesTarget(target, one), selected.includes(one.name), text);
    }
  }
});

Deno.test(
  "matches and select give no answer while a group is left",
  () => {
    for (
      const text of [
        "@rack4",
        "ALL or @rack4",
        "web1 and not (db1 and @rack4)",
        "not ALL and @rack4",
      ]
    ) {
      const expected = { name: "UnresolvedTargetError", term: "@rack4" };
      throws(() => matchesTarget(parseTarget(text), node("web1")), expected, text);
      throws(() => selectNodes(parseTarget(text), []), expected, text);
    }
    throws(() => matchesTarget(parseTarget("@job:last:failed"), node("web1")), {
      term: "@job:last:failed",
    });
  },
);

Deno.test("matches lists no names", () => {
  const huge = parseTarget(Array.from({ length: 1_000 }, (_, i) => `a${i}x[0-999999]`).join());
  strictEqual(matchesTarget(huge, node("a999x999999")), true);
  strictEqual(matchesTarget(huge, node("a999x1000000")), false);
  throws(() => selectNodes(huge, [node("a")]), { name: "TargetError" });
  throws(() => listedNodes(huge), { name: "TargetError" });
});

Deno.test("matches and select agree on any target", () => {
  const facts = fc.dictionary(fc.constantFrom("os", "cpus"), fc.constantFrom("linux", "12", ""));
  const anyNode = fc.tuple(anyName, facts).map(([name, facts]) => node(name, facts));
  fc.assert(fc.property(anyResolvedTarget, fc.array(anyNode), (target, nodes) => {
    const selected = nodes.filter((one) => matchesTarget(target, one)).map(({ name }) => name);
    deepStrictEqual(selectNodes(target, nodes), selected);
  }));
});

Deno.test("listedNodes lists literal names, excluded ones too", () => {
  const target = parseTarget(
    "web[1-2] and not (db1 or @rack4 or /x/ or y* or os=linux) or web2 or ALL",
  );
  deepStrictEqual([...listedNodes(target)], ["web1", "web2", "db1"]);
});

Deno.test(
  "set operators obey the algebra of sets, from left to right",
  () => {
    const names = anyNames.filter((names) => names.size > 0);
    const step = fc.tuple(fc.constantFrom(",", "!", "&", "^"), names);
    fc.assert(fc.property(names, fc.array(step, { maxLength: 5 }), (first, steps) => {
      const text = operand(first) +
        steps.map(([operator, set]) => operator + operand(set)).join("");
      const expected = steps.reduce<Set<string>>((left, [operator, set]) => {
        if (operator === ",") return left.union(set);
        if (operator === "!") return left.difference(set);
        return operator === "&" ? left.intersection(set) : left.symmetricDifference(set);
      }, first);
      deepStrictEqual(evaluate(text), expected);
    }));
  },
);
