import assert from "node:assert/strict";
import type { Request } from "../../../lib/envelope/statements/request.ts";
import { bob } from "../../support/envelope_fixtures.ts";
import { openGateFixture } from "../../support/agent/gate_fixture.ts";

Deno.test("Gate refuses what cannot outlive the agent, in a rehearsal too", async () => {
  using under = await openGateFixture();
  const survive = true;
  const alone = under.gate.checkSigned(under.request({ survive }).bytes);
  assert.ok(alone.kind === "run" && alone.job.survive);
  const rows: readonly (readonly [Partial<Request>, RegExp])[] = [
    [{ stdin: "aGVsbG8=" }, /--survive excludes standard input/],
    [{ input: { key: bob.publicKey.base64, from: "start" } }, /--survive excludes standard input/],
    [{ secrets: { names: ["TOKEN"], sha256: "0".repeat(64) } }, /output goes to disk/],
    [{ undo: { command: "true", withinMs: 1_000 } }, /--survive excludes --undo/],
  ];
  for (const [fields, reason] of rows) {
    for (const mode of ["run", "check"] as const) {
      const admission = under.gate.checkSigned(under.request({ survive, mode, ...fields }).bytes);
      assert.ok(admission.kind === "refuse", JSON.stringify(fields));
      assert.equal(admission.refusal.code, "bad-survive");
      assert.match(admission.refusal.reason, reason);
    }
  }
});
