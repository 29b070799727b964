import assert from "node:assert/strict";
import { splayDelay } from "../../lib/agent/splay.ts";
import { gateUnderTest } from "../support/gate_under_test.ts";

Deno.test("Gate says what would interpret a script, and refuses one that nothing can", {
  permissions: "none",
}, async () => {
  using under = await gateUnderTest();
  const script = (text: string) => ({ kind: "script", script: btoa(text), args: [] }) as const;
  const good = under.request({ mode: "check", run: script("#!/usr/bin/env python3\n") });
  const admission = under.gate.signed(good.bytes);
  assert.ok(admission.kind === "allow");
  assert.equal(admission.summary, "the script with /usr/bin/env python3 as root");
  for (const mode of ["check", "run"] as const) {
    const bad = under.request({ mode, run: script("#!python3\n") });
    const refused = under.gate.signed(bad.bytes);
    assert.ok(refused.kind === "refuse");
    assert.equal(refused.refusal.code, "bad-script");
    assert.equal(under.journal.digestOf(bad.id), undefined);
  }
});

Deno.test("Gate gives a host its part of a splay", { permissions: "none" }, async () => {
  using under = await gateUnderTest();
  const now = under.gate.signed(under.request().bytes);
  assert.ok(now.kind === "run" && now.job.delayMs === undefined);
  const { id, bytes } = under.request({ splayMs: 60_000 });
  const admission = under.gate.signed(bytes);
  assert.ok(admission.kind === "run");
  assert.equal(admission.job.delayMs, splayDelay({ id, node: "web1", splayMs: 60_000 }));
  const rehearsal = under.gate.signed(under.request({ mode: "check", splayMs: 3_600_000 }).bytes);
  assert.ok(rehearsal.kind === "allow");
  assert.match(rehearsal.summary, /^it as root, after \d+\.\d s$/);
});
