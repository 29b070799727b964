import assert from "node:assert/strict";
import { type UndoableJob, UndoNotes, type Waiting } from "../../lib/agent/undo_notes.ts";
import { newRequestId } from "../../lib/envelope/statements/body_fields.ts";

const permissions: Deno.PermissionOptionsObject = { read: true, write: true };

function job(fields: Partial<UndoableJob> = {}): UndoableJob {
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
const WAITING: Waiting = {
  deadlineMs: 1_790_000_000_000,
  figures: { startMs: 1, endMs: 2, out: output, err: output },
};

async function withNotes(act: (notes: UndoNotes, path: string) => void): Promise<void> {
  const path = await Deno.makeTempDir({ prefix: "nanoexec_undo_" });
  try {
    act(new UndoNotes(`${path}/undos`), `${path}/undos`);
  } finally {
    await Deno.remove(path, { recursive: true });
  }
}

/** As comparable objects. */
function left(path: string): unknown {
  return JSON.parse(JSON.stringify(new UndoNotes(path).left()));
}

Deno.test(
  "UndoNotes remembers how far a job is",
  { permissions },
  () =>
    withNotes((notes, path) => {
      const full = job({ user: "www", cwd: "/srv", env: { A: "b" } });
      notes.running(full);
      assert.deepEqual(left(path), [{ phase: "running", job: full }]);
      notes.waiting(full, WAITING);
      assert.deepEqual(left(path), [{ phase: "waiting", job: full, waiting: WAITING }]);
      notes.undoing(full);
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
      [one, two].forEach((each) => notes.running(each));
      notes.undoing(one);
      const phases = new Map(notes.left().map(({ job: { id }, phase }) => [id, phase]));
      assert.deepEqual([phases.get(one.id), phases.get(two.id)], ["undoing", "running"]);
      assert.throws(() => new UndoNotes(path).undoing(job()));
    }),
);

Deno.test(
  "UndoNotes takes the furthest phase that a crash has left",
  { permissions },
  () =>
    withNotes((notes, path) => {
      const one = job();
      notes.running(one);
      Deno.copyFileSync(`${path}/${one.id}.running`, `${path}/copy`);
      notes.waiting(one, WAITING);
      Deno.renameSync(`${path}/copy`, `${path}/${one.id}.running`);
      assert.equal(notes.left()[0]?.phase, "waiting");
      notes.forget(one.id);
      assert.deepEqual(notes.left(), []);
    }),
);

Deno.test(
  "UndoNotes leaves out what cannot be read",
  { permissions },
  () =>
    withNotes((notes, path) => {
      const one = job();
      notes.running(one);
      const whole = Deno.readFileSync(`${path}/${one.id}.running`);
      for (let length = 0; length < whole.length; length++) {
        Deno.writeFileSync(`${path}/${one.id}.running`, whole.subarray(0, length));
        assert.deepEqual(notes.left(), [], `${length} bytes`);
      }
      Deno.writeTextFileSync(`${path}/stranger`, "{}");
      Deno.writeTextFileSync(`${path}/${one.id}.draft`, "{");
      assert.deepEqual(notes.left(), []);
    }),
);
