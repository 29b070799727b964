import assert from "node:assert/strict";
import { truncateOutcome, truncateText } from "../../../lib/agent/jobs/result_signer.ts";
import type { ExecEvent } from "../../../lib/agent/exec/command.ts";
import type { Outcome } from "../../../lib/envelope/statements/result.ts";
import { openRunnerFixture } from "../../support/agent/runner_fixture.ts";

Deno.test("boundedOutcome keeps short what can be long, and nothing else changes", () => {
  const long = "é".repeat(100_000);
  const short = truncateText(long);
  assert.match(short, /^é{300,}\.\.\.$/);
  assert.equal(new TextEncoder().encode(short).length <= 1_024, true);
  const rows: readonly (readonly [Outcome, Outcome])[] = [
    [{ kind: "refused", code: "x", reason: long }, { kind: "refused", code: "x", reason: short }],
    [{ kind: "lost", reason: "a\0\ud800" }, { kind: "lost", reason: "a\ufffd\ufffd" }],
    [{ kind: "allowed", rule: long, summary: long }, {
      kind: "allowed",
      rule: short,
      summary: short,
    }],
    [{ kind: "exited", code: 3 }, { kind: "exited", code: 3 }],
  ];
  for (const [outcome, bounded] of rows) assert.deepEqual(truncateOutcome(outcome), bounded);
});

Deno.test("Runner tells of endings in few words", async () => {
  async function* fail(): AsyncGenerator<ExecEvent> {
    yield { kind: "failed", code: "not-executable", reason: "a".repeat(100_000) };
  }
  await using scene = openRunnerFixture(fail);
  await scene.result(scene.start());
  const [ended] = scene.events.slice(-1);
  assert.ok(ended?.kind === "ended" && ended.outcome.kind === "refused");
  assert.equal(ended.outcome.reason.length < 400, true);
});
