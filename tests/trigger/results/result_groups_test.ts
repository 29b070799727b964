import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeUtf8, encodeUtf8 } from "../../../lib/base/bytes.ts";
import {
  groupResults,
  type ResultGroup,
  ResultGrouper,
} from "../../../lib/trigger/results/result_groups.ts";
import type { HostOutcome } from "../../../lib/protocol/job/host_state.ts";

const OK: HostOutcome = { kind: "exited", code: 0 };
const FAILED: HostOutcome = { kind: "exited", code: 1 };

function answer(node: string, outcome: HostOutcome, output: string) {
  return { node, outcome, output: encodeUtf8(output) };
}

function shown(groups: readonly ResultGroup[]): readonly (readonly [string, string])[] {
  return groups.map(({ nodes, output }) => [nodes.join(","), decodeUtf8(output)]);
}

Deno.test("fold joins hosts whose output and outcome are equal", () => {
  const groups = groupResults([
    answer("web1", OK, "up\n"),
    answer("web2", OK, "up\n"),
    answer("web3", OK, "down\n"),
  ]);
  assert.deepEqual(shown(groups), [["web1,web2", "up\n"], ["web3", "down\n"]]);
});

Deno.test("fold keeps hosts apart that exited differently", () => {
  const groups = groupResults([answer("a", OK, "same"), answer("b", FAILED, "same")]);
  assert.deepEqual(groups.map(({ nodes, outcome }) => [nodes, outcome]), [
    [["a"], OK],
    [["b"], FAILED],
  ]);
});

Deno.test("fold puts the largest group first and keeps the order of equals", () => {
  const groups = groupResults(
    ["x", "y", "z", "z", "y", "z"].map((text, index) => answer(`n${index}`, OK, text)),
  );
  assert.deepEqual(shown(groups), [["n2,n3,n5", "z"], ["n1,n4", "y"], ["n0", "x"]]);
});

Deno.test("groups and their hosts have one order, whichever host answered first", () => {
  const results = ["web10", "web9", "db2", "db10", "web1", "x"].map((node) =>
    answer(node, OK, node === "x" ? "y" : node.replace(/\d+/, ""))
  );
  const expected = [["web1,web9,web10", "web"], ["db2,db10", "db"], ["x", "y"]];
  fc.assert(fc.property(fc.shuffledSubarray(results, { minLength: results.length }), (order) => {
    assert.deepEqual(shown(groupResults(order)), expected);
  }));
  const alone = ["n10", "n9", "n1"].map((node) => answer(node, OK, node));
  assert.deepEqual(shown(groupResults(alone)), [["n1", "n1"], ["n9", "n9"], ["n10", "n10"]]);
});

Deno.test("fold of nothing is nothing", () => {
  assert.deepEqual(groupResults([]), []);
});

Deno.test("fold does not let an outcome run into the output", () => {
  const groups = groupResults([
    answer("a", { kind: "refused", code: "no", reason: "x" }, "\0y"),
    answer("b", { kind: "refused", code: "no", reason: 'x"]\0' }, "y"),
  ]);
  assert.equal(groups.length, 2);
});

Deno.test("Folder keeps its own copy of the output", () => {
  const folder = new ResultGrouper();
  const buffer = encodeUtf8("first");
  folder.add("a", OK, buffer);
  buffer.set(encodeUtf8("other"));
  folder.add("b", OK, buffer);
  assert.deepEqual(shown(folder.groups()), [["a", "first"], ["b", "other"]]);
});

Deno.test("Folder stores equal output once, however many hosts", () => {
  const folder = new ResultGrouper();
  for (let index = 0; index < 1_000; index++) {
    folder.add(`n${index}`, OK, encodeUtf8(`output ${index % 3}\n`.repeat(50)));
  }
  assert.deepEqual(folder.groups().map(({ nodes }) => nodes.length), [334, 333, 333]);
});

Deno.test("fold loses no host and joins exactly the equal ones", () => {
  const results = fc.array(fc.record({
    code: fc.integer({ min: 0, max: 2 }),
    output: fc.uint8Array({ maxLength: 2, max: 255, min: 253 }),
  }));
  fc.assert(fc.property(results, (answers) => {
    const named = answers.map(({ code, output }, index) => ({
      node: `n${index}`,
      outcome: { kind: "exited", code } as const,
      output,
    }));
    const groups = groupResults(named);
    assert.deepEqual(
      groups.flatMap(({ nodes }) => nodes).toSorted(),
      named.map(({ node }) => node).toSorted(),
    );
    const keys = groups.map(({ outcome, output }) => JSON.stringify([outcome, [...output]]));
    assert.equal(new Set(keys).size, groups.length);
    for (const { nodes, outcome, output } of groups) {
      for (const node of nodes) {
        const original = named.find((each) => each.node === node);
        assert.deepEqual([original?.outcome, [...original?.output ?? []]], [outcome, [...output]]);
      }
    }
  }));
});
