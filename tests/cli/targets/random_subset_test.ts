import assert from "node:assert/strict";
import { pickRandomSubset } from "../../../lib/cli/targets/random_subset.ts";
import { parseTarget, printTarget } from "../../../lib/nodeset/mod.ts";
import { recordingTerminal } from "../terminal/recording_terminal.ts";
const nodes = Array.from({ length: 20 }, (_, index) => `web${index + 1}`);

Deno.test(
  "limited narrows the target to the hosts that it chooses, and says whom",
  async () => {
    const { terminal, stderr } = recordingTerminal();
    const limit = { share: { kind: "percent", percent: 10 }, seed: "7" } as const;
    const some = pickRandomSubset({ nodes, target: parseTarget("web*") }, limit, terminal);
    await terminal.flush();
    assert.equal(some.nodes.length, 2);
    const folded = printTarget(some.target);
    assert.equal(stderr.text, `prog: picked 2 of 20 hosts at random (--limit-seed 7): ${folded}\n`);
    const again = pickRandomSubset(
      { nodes: nodes.toReversed(), target: parseTarget("ALL") },
      limit,
      terminal,
    );
    assert.equal(printTarget(again.target), folded);
  },
);

Deno.test("limited leaves conditions on facts to the hosts", () => {
  const { terminal } = recordingTerminal();
  const limit = { share: { kind: "count", count: 99 }, seed: "1" } as const;
  const some = pickRandomSubset(
    { nodes, target: parseTarget("web* and os=linux") },
    limit,
    terminal,
  );
  assert.equal(printTarget(some.target), "(web* and os=linux) and web[1-20]");
});

Deno.test("limited without a seed says one that chooses the same again", async () => {
  const { terminal, stderr } = recordingTerminal();
  const share = { kind: "count", count: 5 } as const;
  const meant = { nodes, target: parseTarget("ALL") };
  const some = pickRandomSubset(meant, { share, seed: undefined }, terminal);
  await terminal.flush();
  const seed = /--limit-seed (\d+)\)/.exec(stderr.text)?.[1];
  assert.ok(seed !== undefined);
  assert.deepEqual(pickRandomSubset(meant, { share, seed }, terminal).nodes, some.nodes);
});

Deno.test("limited does nothing where there is no limit", async () => {
  const { terminal, stderr } = recordingTerminal();
  const meant = { nodes, target: parseTarget("ALL") };
  assert.equal(pickRandomSubset(meant, undefined, terminal), meant);
  await terminal.flush();
  assert.equal(stderr.text, "");
});
