import assert from "node:assert/strict";
import type { Admission, AdmittedJob } from "../../lib/agent/admission/admission.ts";
import { AuditLog, verifyAudit } from "../../lib/agent/records/audit_log.ts";
import { AuditRecorder } from "../../lib/agent/audit_recorder.ts";
import { inFastFolder } from "../support/fast_folder.ts";
import { SettableClock } from "../support/settable_clock.ts";

const permissions: Deno.PermissionOptions = { read: true, write: true };

const JOB: AdmittedJob = {
  id: "0".repeat(32),
  digest: "d".repeat(64),
  signers: ["a".repeat(64)],
  rule: 'key "alice" (line 1)',
  notBefore: 0,
  notAfter: 1,
  run: { kind: "argv", argv: ["/bin/id", "-u"] },
  user: "www-data",
  note: "ticket 7\n\u001b[2J",
  env: { SECRET: "hunter2" },
  stdin: new TextEncoder().encode("hunter2"),
  timeoutMs: 1,
  maxOutput: null,
  survive: false,
};
const { id, digest } = JOB;

function running(job: AdmittedJob): Admission {
  return { kind: "run", id: job.id, job };
}

function ignored(reason: string): Admission {
  return { kind: "ignore", reason };
}

function refused(reason: string): Admission {
  return { kind: "refuse", id, digest, refusal: { code: "expired", reason } };
}

/** Runs `act` and returns the recorded lines, without the fields of the chain. */
async function recorded(
  act: (trail: AuditRecorder, clock: SettableClock) => void,
): Promise<Record<string, unknown>[]> {
  let text = "";
  await inFastFolder((folder) => {
    const clock = new SettableClock();
    using log = new AuditLog({ path: `${folder}/log` });
    act(new AuditRecorder(log, clock), clock);
    text = Deno.readTextFileSync(`${folder}/log`);
  });
  assert.equal(verifyAudit(text).kind, "intact");
  return text.split("\n").filter((line) => line !== "").map((line) => {
    const { n: _n, t: _t, prev: _prev, hash: _hash, ...record } = JSON.parse(line);
    return record;
  });
}

Deno.test("AuditTrail records a command from beginning to end", { permissions }, async () => {
  const lines = await recorded((trail) => {
    trail.recordStart({ name: "web1", insecure: false });
    trail.recordAdmission(running(JOB));
    trail.recordRunnerEvent({ kind: "started", job: JOB, pid: 7 });
    trail.recordRunnerEvent({ kind: "journal-failed", error: new Error("full") });
    trail.recordRunnerEvent({ kind: "ended", job: JOB, outcome: { kind: "exited", code: 3 } });
    trail.recordStop();
  });
  assert.deepEqual(lines, [
    { event: "start", name: "web1", insecure: false },
    {
      event: "allow",
      id,
      digest,
      rule: 'key "alice" (line 1)',
      run: { kind: "argv", argv: ["/bin/id", "-u"] },
      user: "www-data",
      note: "ticket 7\n\u001b[2J",
    },
    { event: "run", id, pid: 7 },
    { event: "end", id, outcome: { kind: "exited", code: 3 } },
    { event: "stop" },
  ]);
  assert.doesNotMatch(JSON.stringify(lines), /hunter2/);
});

Deno.test("AuditTrail records the beginning of long commands", { permissions }, async () => {
  const long = "\ud83d\ude00".repeat(50_000);
  const lines = await recorded((trail) => {
    trail.recordAdmission(running({ ...JOB, run: { kind: "shell", command: `x${long}` } }));
    trail.recordAdmission(running({ ...JOB, run: { kind: "argv", argv: ["/bin/echo", long] } }));
  });
  for (const { run } of lines) {
    const { begins } = run as { begins: string };
    assert.equal(begins.length, 4_096);
    assert.equal(begins.isWellFormed(), true);
  }
});

Deno.test("AuditTrail records refusals, and not what is no decision", { permissions }, async () => {
  const lines = await recorded((trail) => {
    trail.recordAdmission(refused("expired 3 s ago"));
    trail.recordAdmission({ kind: "repeated", id, digest });
    trail.recordAdmission({ kind: "allow", id, digest, rule: "", summary: "" });
    trail.recordAdmission(ignored("for another host"));
  });
  assert.deepEqual(lines, [
    { event: "deny", id, digest, code: "expired", reason: "expired 3 s ago" },
  ]);
});

Deno.test("AuditTrail lets nobody fill the disk", { permissions }, async (t) => {
  const floods: readonly (readonly [string, Admission, number])[] = [
    ["bad", ignored("envelope was altered"), 10],
    ["deny", refused("expired"), 60],
  ];
  for (const [event, admission, most] of floods) {
    await t.step(event, async () => {
      const lines = await recorded((trail, clock) => {
        for (let n = 0; n < 1_000; n++) trail.recordAdmission(admission);
        clock.advance(60_000);
        for (let n = 0; n < 100; n++) trail.recordAdmission(admission);
        trail.recordStop();
      });
      const more = lines.filter((line) => "more" in line);
      assert.deepEqual(more, [{ event, more: 1_000 - most }, { event, more: 100 - most }]);
      assert.equal(lines.length, 2 * most + 2 + 1);
    });
  }
});

Deno.test("AuditTrail records cancels", { permissions }, async () => {
  const lines = await recorded((trail) => {
    trail.recordDirective({ kind: "cancel", job: id, by: "alice" });
    trail.recordDirective({ kind: "ignore", reason: "cancel of a command that is not running" });
    trail.recordDirective({ kind: "ignore", reason: "for another host" });
  });
  assert.deepEqual(lines, [
    { event: "cancel", id, by: "alice" },
    { event: "bad", reason: "cancel of a command that is not running" },
  ]);
});

Deno.test("AuditTrail fails where a command depends on it, and stops one all the same", {
  permissions,
}, async () => {
  await inFastFolder((folder) => {
    const log = new AuditLog({ path: `${folder}/log` });
    log[Symbol.dispose]();
    const trail = new AuditRecorder(log);
    assert.throws(() => trail.recordAdmission(running(JOB)));
    trail.recordDirective({ kind: "cancel", job: id, by: "alice" });
  });
});

Deno.test("AuditTrail without a log records nothing", () => {
  const trail = new AuditRecorder(undefined);
  trail.recordStart({});
  for (const admission of [running(JOB), refused("x"), ignored("y")]) {
    trail.recordAdmission(admission);
  }
  trail.recordRunnerEvent({ kind: "started", job: JOB, pid: 7 });
  trail.recordStop();
});

Deno.test("AuditTrail records the digest of a script", { permissions }, async () => {
  const run = { kind: "script", script: btoa("abc"), args: ["-x"] } as const;
  const [line] = await recorded((trail) => trail.recordAdmission(running({ ...JOB, run })));
  assert.deepEqual(line?.run, {
    kind: "script",
    sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    args: '["-x"]',
  });
});
