import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { type Acceptance, Journal } from "../../../lib/agent/records/journal.ts";
import { SettableClock } from "../../support/settable_clock.ts";

const files: Deno.PermissionOptions = { read: true, write: true };
const NEW: Acceptance = { kind: "new" };
const SEEN: Acceptance = { kind: "seen" };
const FULL: Acceptance = { kind: "full" };
const RESULT = Uint8Array.of(1, 2, 3);
const DAY = 86_400_000;

/** Returns a request that expires in a minute. */
function fresh(id: string, clock: SettableClock) {
  return { id, digest: `digest of ${id}`, issued: clock.now(), expires: clock.now() + 60_000 };
}

function unsigned(id: string, clock: SettableClock) {
  return { ...fresh(id, clock), issued: 0 };
}

function inMemory(capacity = 3): { journal: Journal; clock: SettableClock } {
  const clock = new SettableClock();
  return { clock, journal: new Journal({ path: ":memory:", capacity, clock }) };
}

Deno.test("Journal accepts each id once, whatever else the request says", () => {
  const { journal, clock } = inMemory();
  using _ = journal;
  assert.equal(journal.digestOf("a"), undefined);
  assert.deepEqual(journal.accept(fresh("a", clock)), NEW);
  assert.equal(journal.digestOf("a"), "digest of a");
  assert.deepEqual(journal.accept(fresh("a", clock)), SEEN);
  assert.deepEqual(journal.accept({ ...fresh("a", clock), digest: "other" }), SEEN);
  assert.equal(journal.digestOf("a"), "digest of a");
});

Deno.test("Journal refuses when it is full, and evicts nothing that could come again", () => {
  const { journal, clock } = inMemory();
  using _ = journal;
  for (const id of ["a", "b", "c"]) assert.deepEqual(journal.accept(fresh(id, clock)), NEW);
  journal.ended("a", RESULT);
  journal.acknowledged("a");
  assert.deepEqual(journal.accept(fresh("d", clock)), FULL);
  assert.equal(journal.digestOf("d"), undefined);
  clock.advance(60_000 + 59_000); // expired, but clocks differ
  assert.deepEqual(journal.accept(fresh("d", clock)), FULL);
  for (const id of ["a", "b", "c"]) assert.deepEqual(journal.accept(fresh(id, clock)), SEEN);
  clock.advance(2_000);
  assert.deepEqual(journal.accept(fresh("d", clock)), NEW);
  assert.deepEqual(["a", "b", "c"].map((id) => journal.digestOf(id) !== undefined), [
    false,
    true, // still running
    true,
  ]);
  assert.deepEqual(journal.accept(fresh("e", clock)), FULL);
});

Deno.test("Journal keeps the result of an absent hub for a week after its request, and no longer", () => {
  const { journal, clock } = inMemory(1);
  using _ = journal;
  journal.accept(fresh("a", clock));
  journal.ended("a", RESULT);
  clock.advance(7 * DAY);
  assert.deepEqual(journal.accept(fresh("b", clock)), FULL);
  assert.equal(journal.held(10).length, 1);
  clock.advance(3 * 60_000);
  assert.deepEqual(journal.accept(fresh("b", clock)), NEW);
  assert.deepEqual(journal.held(10), []);
});

Deno.test("Journal forgets no signed request for a clock that is set wrong", () => {
  const { journal, clock } = inMemory(3);
  using _ = journal;
  const [then, request] = [clock.now(), fresh("a", clock)];
  journal.accept(request);
  journal.ended("a", RESULT);
  journal.acknowledged("a");
  clock.set(then + 365 * DAY);
  assert.deepEqual(journal.accept(unsigned("b", clock)), NEW);
  clock.set(then + 1_000);
  assert.deepEqual(journal.accept(request), SEEN);
  assert.equal(journal.latestIssued, then);
});

Deno.test("Journal forgets unsigned commands by the clock alone", () => {
  const { journal, clock } = inMemory(1);
  using _ = journal;
  for (const id of ["a", "b", "c"]) {
    assert.deepEqual(journal.accept(unsigned(id, clock)), NEW);
    journal.ended(id, RESULT);
    journal.acknowledged(id);
    clock.advance(121_000);
  }
  assert.equal(journal.latestIssued, 0);
});

Deno.test("Journal holds results until they are acknowledged, oldest first", () => {
  const { journal, clock } = inMemory();
  using _ = journal;
  for (const id of ["b", "a"]) {
    journal.accept(fresh(id, clock));
    clock.advance(1);
    journal.ended(id, Uint8Array.of(id.charCodeAt(0)));
  }
  assert.deepEqual(
    journal.held(10),
    [
      { id: "b", result: Uint8Array.of(98) },
      { id: "a", result: Uint8Array.of(97) },
    ].map((row) => Object.assign(Object.create(null), row)),
  );
  assert.deepEqual(journal.held(1).map(({ id }) => id), ["b"]);
  assert.deepEqual(journal.resultOf("b"), Uint8Array.of(98));
  journal.acknowledged("b");
  assert.equal(journal.resultOf("b"), undefined);
  assert.deepEqual(journal.held(10).map(({ id }) => id), ["a"]);
  assert.deepEqual(journal.accept(fresh("b", clock)), SEEN);
});

Deno.test("Journal does not believe a hub that acknowledges what has not ended", () => {
  const { journal, clock } = inMemory();
  using _ = journal;
  journal.accept(fresh("a", clock));
  journal.acknowledged("a");
  journal.acknowledged("never seen");
  assert.deepEqual(journal.interrupted().map(({ id }) => id), ["a"]);
  journal.ended("a", RESULT);
  assert.deepEqual(journal.resultOf("a"), RESULT);
});

Deno.test("Journal remembers ids, results and times in its file", {
  permissions: files,
}, async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/journal.db`;
  const clock = new SettableClock(Date.now());
  {
    using journal = new Journal({ path, clock });
    for (const id of ["ended", "running"]) journal.accept(fresh(id, clock));
    journal.ended("ended", RESULT);
  }
  clock.advance(5_000);
  {
    using journal = new Journal({ path, clock });
    assert.equal(journal.changedByOthers, false);
    assert.equal(journal.latestIssued, clock.now() - 5_000);
    assert.deepEqual(journal.accept(fresh("running", clock)), SEEN);
    assert.deepEqual(journal.interrupted().map((request) => ({ ...request })), [
      { id: "running", digest: "digest of running" },
    ]);
    assert.deepEqual(journal.resultOf("ended"), RESULT);
  }
  assert.equal((await Deno.stat(path)).size > 0, true);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("Journal has a request on disk when accept returns", { permissions: files }, async () => {
  const folder = await Deno.makeTempDir();
  const clock = new SettableClock();
  {
    using journal = new Journal({ path: `${folder}/journal.db`, clock });
    journal.accept(fresh("a", clock));
    using reader = new DatabaseSync(`${folder}/journal.db`, { readOnly: true });
    const row = reader.prepare("SELECT id, state FROM request").get();
    assert.deepEqual({ ...row }, { id: "a", state: "accepted" });
    assert.deepEqual({ ...reader.prepare("PRAGMA journal_mode").get() }, { journal_mode: "wal" });
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("Journal says why it cannot write, and counts nothing that it did not write", {
  permissions: files,
}, async () => {
  const folder = await Deno.makeTempDir();
  const clock = new SettableClock();
  {
    using journal = new Journal({ path: `${folder}/journal.db`, clock, capacity: 1 });
    using other = new DatabaseSync(`${folder}/journal.db`);
    other.exec("BEGIN IMMEDIATE");
    for (let attempt = 0; attempt < 3; attempt++) {
      assert.throws(() => journal.accept(fresh("a", clock)), /database is locked/);
    }
    assert.throws(() => journal.ended("a", RESULT), /database is locked/);
    other.exec("ROLLBACK");
    assert.equal(journal.latestIssued, 0);
    assert.deepEqual(journal.accept(fresh("a", clock)), NEW);
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("Journal keeps a cancel until its time is over by both clocks", () => {
  const { journal, clock } = inMemory();
  using _ = journal;
  const cancel = { job: "j", keyid: "k", digest: "d", until: clock.now() + DAY };
  assert.equal(journal.addCancel(cancel), true);
  assert.equal(journal.addCancel(cancel), false);
  assert.equal(journal.addCancel({ ...cancel, digest: "" }), true);
  assert.equal(journal.cancelsOf("j").length, 2);
  assert.deepEqual(journal.cancelsOf("i"), []);
  clock.advance(2 * DAY);
  journal.addCancel({ ...cancel, job: "later", until: clock.now() + DAY });
  assert.equal(journal.cancelsOf("j").length, 2); // the local clock alone does not count
  journal.accept(fresh("a", clock));
  journal.addCancel({ ...cancel, job: "last", until: clock.now() + DAY });
  assert.deepEqual(journal.cancelsOf("j"), []);
});

Deno.test("Journal drops the oldest cancels of a key that sends too many, and of no other", () => {
  const { journal, clock } = inMemory();
  using _ = journal;
  const until = clock.now() + DAY;
  journal.addCancel({ job: "other", keyid: "other", digest: "", until });
  for (let index = 0; index < 1_001; index++) {
    journal.addCancel({ job: `j${index}`, keyid: "k", digest: "", until: until + index });
  }
  const counts = ["j0", "j1", "j1000", "other"].map((job) => journal.cancelsOf(job).length);
  assert.deepEqual(counts, [0, 1, 1, 1]);
});

Deno.test({
  name: "Journal knows a cancel after a restart",
  permissions: files,
  fn: async () => {
    const folder = await Deno.makeTempDir();
    const path = `${folder}/journal.db`;
    const cancel = { job: "j", keyid: "k", digest: "d", until: Date.now() + DAY };
    {
      using journal = new Journal({ path });
      journal.addCancel(cancel);
    }
    {
      using journal = new Journal({ path });
      assert.deepEqual(journal.cancelsOf("j").map((row) => ({ ...row })), [cancel]);
    }
    await Deno.remove(folder, { recursive: true });
  },
});
