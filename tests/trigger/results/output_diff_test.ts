import assert from "node:assert/strict";
import { decodeUtf8, encodeUtf8 } from "../../../lib/base/bytes.ts";
import {
  compareOutputs,
  groupResults,
  type OutputGroup,
  type ReferenceRule,
} from "../../../lib/trigger/results/result_groups.ts";
import type { HostOutcome } from "../../../lib/protocol/job/host_state.ts";

const OK: HostOutcome = { kind: "exited", code: 0 };
const FAILED: HostOutcome = { kind: "exited", code: 1 };

type Answer = readonly [node: string, outcome: HostOutcome, output: string];

function compared(rule: ReferenceRule, ...answers: readonly Answer[]) {
  const groups = groupResults(
    answers.map(([node, outcome, output]) => ({ node, outcome, output: encodeUtf8(output) })),
  );
  const comparison = compareOutputs(groups, rule);
  const shown = ({ nodes, output }: OutputGroup) => [nodes.join(","), decodeUtf8(output)];
  return comparison && [shown(comparison.reference), ...comparison.others.map(shown)];
}

const MIXED: readonly Answer[] = [
  ["a", FAILED, "bad"],
  ["b", FAILED, "bad"],
  ["c", FAILED, "bad"],
  ["d", OK, "good"],
  ["e", OK, "new"],
  ["f", OK, "new"],
];

Deno.test("compareOutputs takes the lowest exit code and then the largest group", () => {
  assert.deepEqual(compared("lowest code", ...MIXED), [["e,f", "new"], ["a,b,c", "bad"], [
    "d",
    "good",
  ]]);
});

Deno.test("compareOutputs takes what most have printed", () => {
  assert.deepEqual(compared("majority", ...MIXED), [["a,b,c", "bad"], ["e,f", "new"], [
    "d",
    "good",
  ]]);
});

Deno.test("compareOutputs joins equal outputs, however it ended", () => {
  const answers: readonly Answer[] = [["a", OK, "x"], ["b", FAILED, "x"], ["c", FAILED, "y"]];
  assert.deepEqual(compared("lowest code", ...answers), [["a,b", "x"], ["c", "y"]]);
});

Deno.test("compareOutputs leaves out hosts that ran nothing", () => {
  const away: readonly Answer[] = [
    ["a", { kind: "expired" }, ""],
    ["b", { kind: "refused", code: "x", reason: "no" }, ""],
    ["c", { kind: "lost" }, ""],
  ];
  assert.equal(compared("majority", ...away), undefined);
  assert.equal(compared("lowest code"), undefined);
  const silent: Answer = ["d", OK, ""];
  const broken: Answer = ["e", { kind: "lost" }, "half"];
  assert.deepEqual(compared("lowest code", ...away, silent, broken), [["d", ""], ["e", "half"]]);
});
