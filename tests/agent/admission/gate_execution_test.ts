import assert from "node:assert/strict";
import { splayDelay } from "../../../lib/agent/admission/gate.ts";
import { encodeSecrets, type SecretsDigest } from "../../../lib/envelope/statements/secrets.ts";
import type { Request } from "../../../lib/envelope/statements/request.ts";
import { alice } from "../../support/envelope_fixtures.ts";
import { openGateFixture } from "../../support/agent/gate_fixture.ts";
import { trustLine } from "../../support/agent/signed_request.ts";

Deno.test("Gate says what would interpret a script, and refuses one that nothing can", async () => {
  using under = await openGateFixture();
  const script = (text: string) => ({ kind: "script", script: btoa(text), args: [] }) as const;
  const good = under.request({ mode: "check", run: script("#!/usr/bin/env python3\n") });
  const admission = under.gate.checkSigned(good.bytes);
  assert.ok(admission.kind === "allow");
  assert.equal(admission.summary, "the script with /usr/bin/env python3 as root");
  for (const mode of ["check", "run"] as const) {
    const bad = under.request({ mode, run: script("#!python3\n") });
    const refused = under.gate.checkSigned(bad.bytes);
    assert.ok(refused.kind === "refuse");
    assert.equal(refused.refusal.code, "bad-script");
    assert.equal(under.journal.digestOf(bad.id), undefined);
  }
});

Deno.test("Gate gives a host its part of a splay", async () => {
  using under = await openGateFixture();
  const now = under.gate.checkSigned(under.request().bytes);
  assert.ok(now.kind === "run" && now.job.delayMs === undefined);
  const { id, bytes } = under.request({ splayMs: 60_000 });
  const admission = under.gate.checkSigned(bytes);
  assert.ok(admission.kind === "run");
  assert.equal(admission.job.delayMs, splayDelay({ id, node: "web1", splayMs: 60_000 }));
  const rehearsal = under.gate.checkSigned(
    under.request({ mode: "check", splayMs: 3_600_000 }).bytes,
  );
  assert.ok(rehearsal.kind === "allow");
  assert.match(rehearsal.summary, /^it as root, after \d+\.\d s$/);
});

Deno.test("Gate admits a held request as held, and says what it would do without a release", async () => {
  using under = await openGateFixture();
  const admission = under.gate.checkSigned(under.request({ hold: true }).bytes);
  assert.ok(admission.kind === "run");
  assert.equal(admission.job.hold, true);
  assert.ok(under.journal.digestOf(admission.id));
  const now = under.gate.checkSigned(under.request().bytes);
  assert.ok(now.kind === "run" && now.job.hold === undefined);
  const dryRun = under.gate.checkSigned(under.request({ hold: true, mode: "check" }).bytes);
  assert.equal(dryRun.kind, "allow");
});

Deno.test("Gate wants the very secrets that were signed", async () => {
  using under = await openGateFixture();
  const { digest, part } = encodeSecrets({ PW: "hunter2" });
  const other = encodeSecrets({ PW: "hunter2" });
  const names = { ...digest, names: ["PX"] };
  const codeOf = (secrets: SecretsDigest, came?: Uint8Array) => {
    const { id, bytes } = under.request({ secrets });
    const admission = under.gate.checkSigned(bytes, came);
    // A request without its secrets is refused, but may arrive again with them.
    assert.equal(under.journal.digestOf(id) === undefined, admission.kind === "refuse");
    return admission.kind === "refuse" ? admission.refusal.code : admission.kind;
  };
  assert.equal(codeOf(digest, part), "run");
  assert.equal(codeOf(digest), "no-secrets");
  assert.equal(codeOf(digest, new Uint8Array()), "bad-secrets");
  assert.equal(codeOf(digest, part.subarray(1)), "bad-secrets");
  assert.equal(codeOf(digest, other.part), "bad-secrets");
  assert.equal(codeOf(names, part), "bad-secrets");
});

Deno.test("Gate gives a command its secrets, and none that nobody signed", async () => {
  using under = await openGateFixture();
  const { digest, part } = encodeSecrets({ PW: "hunter2" });
  const admission = under.gate.checkSigned(under.request({ secrets: digest }).bytes, part);
  assert.ok(admission.kind === "run");
  assert.deepEqual({ ...admission.job.secrets }, { PW: "hunter2" });
  const without = under.gate.checkSigned(under.request().bytes, part);
  assert.ok(without.kind === "run" && without.job.secrets === undefined);
  const rehearsal = under.gate.checkSigned(under.request({ secrets: digest, mode: "check" }).bytes);
  assert.equal(rehearsal.kind, "allow");
});

Deno.test("Gate lets run only what may be undone, too", async () => {
  const undo = { command: "reboot", withinMs: 60_000 };
  const codeOf = async (options: string, changes: Partial<Request> = {}) => {
    using under = await openGateFixture({ trust: [trustLine(alice, "alice", options)] });
    const admission = under.gate.checkSigned(under.request({ undo, ...changes }).bytes);
    if (admission.kind === "run") assert.deepEqual({ ...admission.job.undo }, undo);
    return admission.kind === "refuse" ? admission.refusal : admission.kind;
  };
  assert.equal(await codeOf(""), "run");
  assert.equal(await codeOf("", { stdin: "" }), "run");
  assert.deepEqual(await codeOf("no-shell"), {
    code: "no-shell",
    reason: 'rollback command: key "alice" (line 1) may not run a shell',
  });
  const only = await codeOf('commands="/usr/bin/true"');
  assert.ok(typeof only === "object" && only.code === "command-not-allowed");
  assert.equal(await codeOf('commands="/usr/bin/true",commands="/bin/sh -c reboot"'), "run");
  assert.equal(await codeOf("", { mode: "check" }), "allow");
});
