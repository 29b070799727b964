import assert from "node:assert/strict";
import type { AdmittedJob } from "../../../lib/agent/admission/admission.ts";
import { DetachedStore } from "../../../lib/agent/detached/detached_store.ts";
import { newRequestId } from "../../../lib/envelope/statements/body_fields.ts";

const JOB: AdmittedJob = {
  id: newRequestId(),
  digest: "d".repeat(64),
  signers: ["a".repeat(64)],
  rule: 'key "alice" (line 1)',
  notBefore: 0,
  notAfter: 1,
  run: { kind: "shell", command: "true" },
  timeoutMs: 1_000,
  maxOutput: null,
  survive: true,
};

Deno.test("Survivors remembers what a new process must know, and nothing that is broken", {
  permissions: { read: true, write: true },
}, async () => {
  const path = await Deno.makeTempDir({ prefix: "nanoexec_survivors_" });
  const store = new DetachedStore(`${path}/all`);
  store.add(JOB);
  store.add({ ...JOB, id: "b".repeat(32), maxOutput: 7 });
  store.add({ ...JOB, id: "c".repeat(32) });
  await Deno.writeTextFile(`${store.folderOf("c".repeat(32))}/note`, "{");
  await Deno.mkdir(store.folderOf("d".repeat(32)));
  const [stolen, others] = [store.folderOf("e".repeat(32)), store.folderOf(JOB.id)];
  await Deno.mkdir(stolen);
  await Deno.copyFile(`${others}/note`, `${stolen}/note`);
  const left = JSON.parse(JSON.stringify(new DetachedStore(`${path}/all`).unfinished()));
  const { id, digest, signers, rule, timeoutMs } = JOB;
  const note = { id, digest, signers, rule, timeoutMs, maxOutput: 16_777_216 };
  const byId = (one: { id: string }, other: { id: string }) => one.id < other.id ? -1 : 1;
  assert.deepEqual(
    left.toSorted(byId),
    [note, { ...note, id: "b".repeat(32), maxOutput: 7 }].toSorted(byId),
  );
  const names = await Array.fromAsync(Deno.readDir(`${path}/all`), ({ name }) => name);
  assert.equal(names.length, 2, "what is broken is gone");
  store.forget(JOB.id);
  store.forget(JOB.id);
  assert.equal(store.unfinished().length, 1);
  const info = await Deno.stat(store.folderOf("b".repeat(32)));
  assert.equal((info.mode ?? 0) & 0o777, 0o700);
  await Deno.remove(path, { recursive: true });
});
