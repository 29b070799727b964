import assert from "node:assert/strict";
import {
  type ConfirmWait,
  type RollbackJob,
  RollbackStore,
} from "../../../lib/agent/jobs/rollback_store.ts";
import { newRequestId } from "../../../lib/envelope/statements/body_fields.ts";

const permissions: Deno.PermissionOptionsObject = { read: true, write: true };

function job(fields: Partial<RollbackJob> = {}): RollbackJob {
  return {
    id: newRequestId(),
    digest: "d".repeat(64),
    signers: ["a".repeat(64)],
    timeoutMs: 1_000,
    undo: { command: "true", withinMs: 1_000 },
    ...fields,
  };
}

const output = { bytes: 5, kept: 5, sha256: "e".repeat(64) };
const WAITING: ConfirmWait = {
  deadlineMs: 1_790_000_000_000,
  figures: { startMs: 1, endMs: 2, out: output, err: output },
};

async function withNotes(act: (notes: RollbackStore, path: string) => void): Promise<void> {
  const path = await Deno.makeTempDir({ prefix: "nanoexec_undo_" });
  try {
    act(new RollbackStore(`${path}/undos`), `${path}/undos`);
  } finally {
    await Deno.remove(path, { recursive: true });
  }
}

/** Returns the unfinished rollbacks as comparable objects. */
function left(path: string): unknown {
  return JSON.parse(JSON.stringify(new RollbackStore(path).unfinished()));
}

Deno.test(
  "UndoNotes remembers how far a job is",
  { permissions },
  () =>
    withNotes((notes, path) => {
      const full = job({ user: "www", cwd: "/srv", env: { A: "b" } });
      notes.recordRunning(full);
      assert.deepEqual(left(path), [{ phase: "running", job: full }]);
      notes.recordWaiting(full, WAITING);
      assert.deepEqual(left(path), [{ phase: "waiting", job: full, waiting: WAITING }]);
      notes.recordUndoing(full);
      assert.deepEqual(left(path), [{ phase: "undoing", job: full, waiting: WAITING }]);
      notes.forget(full.id);
      assert.deepEqual(left(path), []);
      notes.forget(full.id);
    }),
);

Deno.test(
  "UndoNotes knows what is undone without having waited",
  { permissions },
  () =>
    withNotes((notes, path) => {
      const [one, two] = [job(), job()];
      [one, two].forEach((each) => notes.recordRunning(each));
      notes.recordUndoing(one);
      const phases = new Map(notes.unfinished().map(({ job: { id }, phase }) => [id, phase]));
      assert.deepEqual([phases.get(one.id), phases.get(two.id)], ["undoing", "running"]);
      assert.throws(() => new RollbackStore(path).recordUndoing(job()));
    }),
);

Deno.test(
  "UndoNotes takes the furthest phase that a crash has left",
  { permissions },
  () =>
    withNotes((notes, path) => {
      const one = job();
      notes.recordRunning(one);
      Deno.copyFileSync(`${path}/${one.id}.running`, `${path}/copy`);
      notes.recordWaiting(one, WAITING);
      Deno.renameSync(`${path}/copy`, `${path}/${one.id}.running`);
      assert.equal(notes.unfinished()[0]?.phase, "waiting");
      notes.forget(one.id);
      assert.deepEqual(notes.unfinished(), []);
    }),
);

Deno.test(
  "UndoNotes leaves out what cannot be read",
  { permissions },
  () =>
    withNotes((notes, path) => {
      const one = job();
      notes.recordRunning(one);
      const whole = Deno.readFileSync(`${path}/${one.id}.running`);
      for (let length = 0; length < whole.length; length++) {
        Deno.writeFileSync(`${path}/${one.id}.running`, whole.subarray(0, length));
        assert.deepEqual(notes.unfinished(), [], `${length} bytes`);
      }
      Deno.writeTextFileSync(`${path}/stranger`, "{}");
      Deno.writeTextFileSync(`${path}/${one.id}.draft`, "{");
      assert.deepEqual(notes.unfinished(), []);
    }),
);
