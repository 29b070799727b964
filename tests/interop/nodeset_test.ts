/**
 * Node sets against Debian's `nodeset`: the same expression must select the same nodes.
 *
 * Left out is what the two define differently: digits beside brackets whose bounds differ in length
 * (`n1[9-10]`), trailing digits after steps, negative numbers, and how several dimensions fold.
 * @module
 */

import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { sortNodeNames } from "../../lib/nodeset/sets/node_name.ts";
import { foldNodes, splitIntoParts } from "../../lib/nodeset/sets/node_set.ts";
import { listedNodes, parseTarget, selectNodes } from "../../lib/nodeset/mod.ts";
import { findExternalProgram } from "../support/programs/external_programs.ts";

/** Debian's own Python, where the package puts its library; another may come first in PATH. */
const PYTHON = "/usr/bin/python3";

const nodeset = findExternalProgram("nodeset", "clustershell");
const base = {
  ignore: !nodeset.available,
  permissions: { run: ["nodeset", PYTHON] },
};

/** What the library behind `nodeset` says of many expressions; `null` for one that it refuses. */
const SCRIPT = `
import json, sys
from ClusterShell.NodeSet import NodeSet, NodeSetException, RESOLVER_NOGROUP
def ask(text):
    try:
        found = NodeSet(text, resolver=RESOLVER_NOGROUP)
        return {"names": list(found), "folded": str(found)}
    except NodeSetException:
        return None
print(json.dumps([ask(text) for text in json.load(sys.stdin)]))
`;

type Answer = { readonly names: readonly string[]; readonly folded: string } | null;

/** Asks about all `expressions` in one process. */
async function ask(expressions: readonly string[]): Promise<readonly Answer[]> {
  const command = new Deno.Command(PYTHON, {
    args: ["-c", SCRIPT],
    stdin: "piped",
    stdout: "piped",
  });
  await using child = command.spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(expressions)));
  await writer.close();
  const { success, stdout } = await child.output();
  strictEqual(success, true);
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** What `nodeset` itself prints. */
async function run(...args: readonly string[]): Promise<string> {
  const { stdout } = await new Deno.Command("nodeset", { args: [...args] }).output();
  return new TextDecoder().decode(stdout).trimEnd();
}

/** The nodes that our side selects. */
function names(expression: string): string[] {
  const target = parseTarget(expression, { syntax: "set" });
  const facts = new Map<string, string>();
  return sortNodeNames(
    selectNodes(target, Array.from(listedNodes(target), (name) => ({ name, facts }))),
  );
}

/** `4`, `02-17` or `1-19/3`. */
const range = fc
  .tuple(fc.nat(20), fc.nat(20), fc.integer({ min: 1, max: 4 }), fc.constantFrom(1, 2, 3))
  .map(([first, length, step, width]) => {
    const [from, to] = [first, first + length].map((n) => String(n).padStart(width, "0"));
    if (from?.startsWith("0") && from.length !== to?.length) return `${from}`;
    return step === 1 ? `${from}-${to}` : `${from}-${to}/${step}`;
  });
const ranges = fc.array(range, { minLength: 1, maxLength: 3 }).map((list) => `[${list.join()}]`);

const line = fc.oneof(
  fc.constantFrom("db", "web", "web3", "web03", "x-1.y"),
  fc.tuple(fc.constantFrom("web", "db-", "x"), ranges, fc.constantFrom("", "-ib", ".y"))
    .map((parts) => parts.join("")),
);
const box = fc.tuple(ranges, ranges).map(([i, j]) => `r${i}n${j}`);

/** Terms joined with operators, from left to right. */
function expressionsOf(term: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const step = fc.tuple(fc.constantFrom(",", ",", "!", "&", "^"), term).map((parts) =>
    parts.join("")
  );
  return fc.tuple(term, fc.array(step, { maxLength: 5 })).map(([first, rest]) =>
    first + rest.join("")
  );
}

Deno.test({
  ...base,
  name:
    `targets of one dimension equal those of nodeset in names, order and folding ${nodeset.needs}`,
  async fn() {
    const expressions = fc.sample(expressionsOf(line), { numRuns: 300, seed: 1 });
    const answers = await ask(expressions);
    for (const [index, expression] of expressions.entries()) {
      const ours = names(expression);
      deepStrictEqual({ names: ours, folded: foldNodes(ours) }, answers[index], expression);
    }
  },
});

Deno.test({
  ...base,
  name: `targets of two dimensions equal those of nodeset in names ${nodeset.needs}`,
  async fn() {
    const expressions = fc.sample(expressionsOf(fc.oneof(line, box)), { numRuns: 150, seed: 2 });
    const ours = expressions.map(names);
    const folded = ours.map(foldNodes);
    const answers = await ask([...expressions, ...folded]);
    for (const [index, expression] of expressions.entries()) {
      const refolded = answers[expressions.length + index];
      deepStrictEqual(ours[index], sortNodeNames(answers[index]?.names ?? []), expression);
      deepStrictEqual(ours[index], sortNodeNames(refolded?.names ?? []), folded[index]);
    }
  },
});

Deno.test({
  ...base,
  name: `parseTarget refuses what nodeset refuses ${nodeset.needs}`,
  async fn() {
    const expressions = [
      "a[1-3",
      "a[3-1]",
      "a[1-010]",
      "a[01-100]",
      "a[5/2]",
      "a[1-3/0]",
      "a[x]",
      "a[]",
      "a]",
      "a[1][2]",
      "a[1-2]3[4-5]",
      "a,",
      ",a",
      "a!",
      "!a",
      "a,,b",
      "a&",
      "^a",
    ];
    for (const [index, answer] of (await ask(expressions)).entries()) {
      const expression = expressions[index] ?? "";
      strictEqual(answer, null, expression);
      throws(() => parseTarget(expression, { syntax: "set" }), { name: "TargetError" }, expression);
    }
  },
});

Deno.test({
  ...base,
  name: `splitNodes and foldNodes equal nodeset --split and -f ${nodeset.needs}`,
  async fn() {
    const expression = "web[8-11,20],db[01-03],x";
    const split = splitIntoParts(names(expression), 4).map(foldNodes).join("\n");
    strictEqual(split, await run("--split=4", "-f", expression));
    strictEqual(foldNodes(names(expression)), await run("-f", expression));
    strictEqual(names(expression).join(" "), await run("-e", expression));
    strictEqual(String(names(expression).length), await run("-c", expression));
  },
});
