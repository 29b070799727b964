/**
 * How long node sets take to be folded, expanded and matched.
 * @module
 */

import { foldNodes, parseNodeSet } from "../../lib/nodeset/sets/node_set.ts";
import {
  matchesTarget,
  parseNodeSetList,
  parseSignedTarget,
  parseTarget,
  printTarget,
  selectNodes,
  uniteTargets,
} from "../../lib/nodeset/mod.ts";
import { sample } from "../../lib/trigger/targets/host_subset.ts";

/** A fixed sequence of numbers below `below`. */
function sequence(): (below: number) => number {
  let seed = 1;
  return (below) => (seed = (seed * 48_271) % 2_147_483_647) % below;
}

/** `count` different names. */
function irregularNames(count: number, make: (random: (below: number) => number) => string) {
  const random = sequence();
  const names = new Set<string>();
  while (names.size < count) names.add(make(random));
  return names;
}

const line = irregularNames(10_000, (random) => `n${random(50_000)}`);
const plane = irregularNames(
  10_000,
  (random) => `srv${random(100_000)}-${"abcdef"[random(6)]}${random(1_000)}`,
);
const box = parseNodeSet("rack[1-37]node[01-16]-ib[0-15]");
const random = sequence();
const holes = new Set([...box].filter(() => random(3) > 0));

const cases: readonly (readonly [title: string, names: ReadonlySet<string>])[] = [
  ["10,000 irregular names, one number", line],
  ["10,000 irregular names, two numbers", plane],
  ["9,472 names of three dimensions", box],
  ["9,472 names of three dimensions, a random third missing", holes],
];

for (const [index, [title, names]] of cases.entries()) {
  const folded = foldNodes(names);
  Deno.bench({ name: `fold ${title}`, group: "fold", baseline: index === 0 }, () => {
    foldNodes(names);
  });
  Deno.bench({ name: `expand ${title}`, group: "expand", baseline: index === 0 }, () => {
    parseNodeSet(folded);
  });
}

Deno.bench({ name: "expand a million names", group: "expand", n: 3, warmup: 0 }, () => {
  parseNodeSet("a[1-1000]b[1-1000]");
});

const file = [...plane].join("\n");

Deno.bench({ name: "a file of 10,000 irregular names, read and signed", group: "long" }, () => {
  printTarget(uniteTargets(parseNodeSetList(file)));
});

const long = printTarget(uniteTargets(parseNodeSetList(file)));

Deno.bench({ name: "an agent reads and matches 10,000 irregular names", group: "long" }, () => {
  matchesTarget(parseSignedTarget(long), { name: "srv1-a1", facts: new Map() });
});
Deno.bench({ name: "choosing 100 of 10,000 names", group: "long", baseline: true }, () => {
  sample([...plane], { count: 100, seed: "1" });
});

const signed = foldNodes([...line].slice(0, 5_000));
const me = { name: "n1", facts: new Map([["os", "linux"]]) };
const fleet = Array.from(line, (name) => ({ ...me, name }));

Deno.bench(
  { name: "an agent reads and matches a short target", group: "match", baseline: true },
  () => {
    matchesTarget(parseSignedTarget("web[01-20] and not /^web1/ and os=linux"), me);
  },
);
Deno.bench({ name: "an agent reads and matches 5,000 irregular names", group: "match" }, () => {
  matchesTarget(parseSignedTarget(signed), me);
});
Deno.bench({ name: "10,000 nodes against 5,000 names and a regex", group: "match" }, () => {
  selectNodes(parseTarget(`${signed} or /^n1.*7$/`, { maxBytes: 1 << 20 }), fleet);
});
