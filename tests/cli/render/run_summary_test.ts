import assert from "node:assert/strict";
import {
  countOutcomes,
  type EndedNode,
  outcomeLines,
  summaryLines,
} from "../../../lib/cli/render/run_summary.ts";
import type { HostOutcome } from "../../../lib/protocol/job/host_state.ts";

const OK: HostOutcome = { kind: "exited", code: 0 };

const ENDS: readonly EndedNode[] = [
  { node: "web1", outcome: OK },
  { node: "web9", outcome: { kind: "lost" } },
  { node: "web4", outcome: { kind: "exited", code: 1 } },
  { node: "web3", outcome: { kind: "exited", code: 1 } },
  { node: "web5", outcome: { kind: "exited", code: 127 } },
  { node: "db1", outcome: { kind: "refused", code: "no-rule", reason: "no rule allows it" } },
  { node: "db2", outcome: { kind: "refused", code: "no-rule", reason: "no rule allows it" } },
  { node: "db3", outcome: { kind: "refused", code: "expired", reason: "the key has expired" } },
  { node: "web6", outcome: { kind: "signalled", signal: "SIGSEGV" } },
  { node: "web7", outcome: { kind: "timeout" } },
  { node: "web8", outcome: { kind: "cancelled" } },
  { node: "web20", outcome: { kind: "undone", reason: "nobody confirmed it", code: 0, said: "x" } },
  {
    node: "web21",
    outcome: { kind: "undone", reason: "it exited with 3", code: 7, said: "no\x1b[2J" },
  },
  { node: "web22", outcome: { kind: "undone", reason: "it ran too long", said: "" } },
  { node: "web10", outcome: { kind: "lost", reason: "the agent was restarted" } },
  { node: "web11", outcome: { kind: "expired" } },
  { node: "web12", outcome: { kind: "unverified" } },
  { node: "web14", outcome: { kind: "skipped" } },
  { node: "web13", outcome: { kind: "skipped" } },
];

Deno.test(
  "summaryLines tells every kind of trouble with folded hosts",
  () => {
    assert.deepEqual(summaryLines(ENDS), [
      "web[3-4]: exited with exit code 1",
      "web5: exited with exit code 127",
      "web6: killed by SIGSEGV",
      "web7: timed out and was killed",
      "web8: cancelled",
      "web20: undone: nobody confirmed it",
      'web21: NOT UNDONE, undo command exited with exit code 7: it exited with 3, output "no\\x1b[2J"',
      "web22: NOT UNDONE, undo command did not finish: it ran too long",
      "db[1-2]: refused: no rule allows it",
      "db3: refused: the key has expired",
      "web9: lost: delivered, but the agent has sent no result",
      "web10: lost: the agent was restarted",
      "web11: expired: not delivered",
      "web12: unverified: output differs from what the host has signed",
      "web[13-14]: skipped",
    ]);
  },
);

Deno.test("summaryLines is silent when all is well", () => {
  assert.deepEqual(summaryLines([{ node: "a", outcome: OK }]), []);
  assert.deepEqual(summaryLines([]), []);
});

Deno.test("outcomeLines tells the good ones too", () => {
  const allowed: HostOutcome = {
    kind: "allowed",
    rule: "ops.keys line 2",
    summary: "/bin/true as root",
  };
  assert.deepEqual(
    outcomeLines([
      { node: "b", outcome: { kind: "refused", code: "no-rule", reason: "no rule" } },
      { node: "a1", outcome: allowed },
      { node: "a2", outcome: allowed },
    ]),
    ["a[1-2]: would run /bin/true as root (ops.keys line 2)", "b: refused: no rule"],
  );
});

Deno.test(
  "summaryLines keeps a host's words to a piece of one line",
  () => {
    const reason = `no\nweb1: all is well\x1b[2J${"x".repeat(10_000)}`;
    const [line = "", ...others] = summaryLines([
      { node: "evil", outcome: { kind: "refused", code: "x", reason } },
    ]);
    assert.deepEqual(others, []);
    assert.ok(line.startsWith("evil: refused: no\\x0aweb1: all is well\\x1b[2Jxxx"));
    assert.ok(line.length < 400);
  },
);

Deno.test("countOutcomes counts by class", () => {
  const counts = countOutcomes(ENDS.map(({ outcome }) => outcome));
  assert.deepEqual(counts, { total: 19, ok: 1, failed: 9, refused: 3, lost: 4, skipped: 2 });
});
