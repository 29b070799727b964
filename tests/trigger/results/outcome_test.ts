import assert from "node:assert/strict";
import { outcomeKey } from "../../../lib/trigger/results/host_result.ts";
import {
  type HostOutcome,
  type OutcomeClass,
  outcomeClass,
} from "../../../lib/protocol/job/host_state.ts";

const CLASSES: readonly (readonly [HostOutcome, OutcomeClass])[] = [
  [{ kind: "exited", code: 0 }, "ok"],
  [{ kind: "allowed", rule: "any", summary: "true" }, "ok"],
  [{ kind: "exited", code: 1 }, "failed"],
  [{ kind: "exited", code: 255 }, "failed"],
  [{ kind: "signalled", signal: "SIGKILL" }, "failed"],
  [{ kind: "timeout" }, "failed"],
  [{ kind: "cancelled" }, "failed"],
  [{ kind: "undone", reason: "nobody confirmed it", code: 0, said: "" }, "failed"],
  [{ kind: "undone", reason: "nobody confirmed it", said: "" }, "failed"],
  [{ kind: "undone", reason: "nobody confirmed it", code: 7, said: "cannot" }, "failed"],
  [{ kind: "refused", code: "no-rule", reason: "no rule" }, "refused"],
  [{ kind: "lost" }, "lost"],
  [{ kind: "lost", reason: "agent restarted" }, "lost"],
  [{ kind: "expired" }, "lost"],
  [{ kind: "unverified" }, "lost"],
  [{ kind: "skipped" }, "skipped"],
];

Deno.test("outcomeClass puts every outcome into one class", () => {
  for (const [outcome, expected] of CLASSES) assert.equal(outcomeClass(outcome), expected);
});

Deno.test("outcomeKey tells all outcomes apart", () => {
  const outcomes: readonly HostOutcome[] = [
    ...CLASSES.map(([outcome]) => outcome),
    { kind: "refused", code: "no-rule", reason: "no" },
    { kind: "refused", code: "no", reason: "rule no rule" },
    { kind: "lost", reason: "" },
    { kind: "allowed", rule: "any true", summary: "" },
  ];
  assert.equal(new Set(outcomes.map(outcomeKey)).size, outcomes.length);
});
