/**
 * Tests how long jobs are kept.
 * @module
 */
import assert from "node:assert/strict";
import { Database } from "../../../lib/hub/store/database.ts";
import { type HubStoreOptions, SqliteHubStore } from "../../../lib/hub/store/hub_store.ts";
import { inFastFolder } from "../../support/fast_folder.ts";
import { SettableClock } from "../../support/settable_clock.ts";
import { ended, job, textOf } from "./store_fixture.ts";

const permissions = "none";
const DAY = 86_400_000;
const TABLES = ["job", "job_host", "result", "spool", "body", "piece"];

function scene(options: Partial<HubStoreOptions> = {}, path = ":memory:") {
  const clock = new SettableClock();
  const database = new Database(path);
  const store = new SqliteHubStore(database, { clock, ...options });
  const rows = () =>
    TABLES.map((table) => Number(database.get(`SELECT count(*) AS n FROM ${table}`)?.n));
  const ids = () => store.jobs.recent(99).map(({ id }) => id).reverse();
  /** Adds a job that ran on two hosts, and is over by default. */
  const run = (id: string, output: string, isOver = true) => {
    void store.jobs.add(job(id), ["web1", "web2"]);
    void store.jobs.end(id, "web1", ended(output));
    void store.jobs.end(id, "web2", ended(output));
    if (isOver) store.jobs.over(id, clock.now());
  };
  return { clock, database, store, rows, ids, run };
}

Deno.test("prune() removes jobs a month after their end, with all that belongs to them", {
  permissions,
}, () => {
  const { clock, store, rows, ids, run } = scene();
  using _ = store;
  run("a", "output of a");
  clock.advance(DAY);
  run("b", "output of b");
  clock.advance(29 * DAY);
  store.prune();
  assert.deepEqual(ids(), ["a", "b"]);
  clock.advance(1);
  store.prune();
  assert.deepEqual(ids(), ["b"]);
  assert.deepEqual(rows(), [1, 2, 2, 0, 1, 1]);
  clock.advance(DAY);
  store.prune();
  assert.deepEqual(rows(), [0, 0, 0, 0, 0, 0]);
});

Deno.test("prune() keeps output that another job has as well", { permissions }, () => {
  const { clock, store, rows, run } = scene({ keepMs: 10 });
  using _ = store;
  run("a", "the same");
  clock.advance(8);
  run("b", "the same");
  clock.advance(8);
  store.prune();
  assert.deepEqual(rows(), [1, 2, 2, 0, 1, 1]);
  assert.equal(textOf(store.jobs.output("b", "web2", "stdout")), "the same");
});

Deno.test("prune() never touches a job that is not over, however old or large it is", {
  permissions,
}, () => {
  const { clock, store, ids, run } = scene({ keepMs: 10, keepBytes: 0 });
  using _ = store;
  run("a", "x".repeat(1_000_000), false);
  clock.advance(DAY);
  store.prune();
  assert.deepEqual(ids(), ["a"]);
  assert.equal(textOf(store.jobs.output("a", "web1", "stdout")).length, 1_000_000);
  store.jobs.over("a", clock.now());
  assert.deepEqual(ids(), []);
});

Deno.test("prune() removes what is spooled of a job that was declared over", {
  permissions,
}, async () => {
  const { store, rows } = scene({ keepMs: 0 });
  using _ = store;
  await store.jobs.add(job("a"), ["web1"]);
  const bytes = new Uint8Array(9);
  const chunks = [{ stream: "stderr" as const, bytes }];
  await store.jobs.spool("a", "web1", { received: 9, stdout: 0, stderr: 9, chunks });
  store.jobs.over("a", 1);
  assert.deepEqual(rows(), [0, 0, 0, 0, 0, 0]);
});

Deno.test("when a job ends, the oldest ones make room until the size is kept", {
  permissions,
}, () => {
  const { clock, database, store, ids, run } = scene({ keepBytes: 1_000_000 });
  using _ = store;
  for (let index = 0; index < 20; index++) {
    run(`job${index}`, String(index % 10).repeat(200_000 + index));
    clock.advance(1);
  }
  const kept = ids();
  assert.ok(kept.length >= 3 && kept.length <= 5, kept.join());
  assert.equal(kept.at(-1), "job19");
  assert.ok(database.usedBytes() <= 1_000_000);
});

Deno.test("when a job ends, three old ones go at most, so that nobody waits long", {
  permissions,
}, () => {
  const { clock, store, ids, run } = scene({ keepMs: DAY });
  using _ = store;
  for (const id of ["a", "b", "c", "d", "e"]) run(id, id);
  clock.advance(2 * DAY);
  run("f", "f");
  assert.deepEqual(ids(), ["d", "e", "f"]);
  store.prune();
  assert.deepEqual(ids(), ["f"]);
});

Deno.test("the jobs that ended first go first", { permissions }, () => {
  const { clock, store, ids, run } = scene({ keepMs: DAY });
  using _ = store;
  run("a", "a", false);
  run("b", "b");
  clock.advance(DAY / 2);
  store.jobs.over("a", clock.now());
  clock.advance(DAY / 2 + 1);
  store.prune();
  assert.deepEqual(ids(), ["a"]);
});

Deno.test("the file becomes smaller when jobs are removed", {
  permissions: { read: true, write: true },
}, async () => {
  await inFastFolder((folder) => {
    const path = `${folder}/hub.db`;
    const { clock, store, run } = scene({ keepMs: 10 }, path);
    run("a", "x".repeat(3_000_000));
    store[Symbol.dispose]();
    const before = Deno.statSync(path).size;
    const again = scene({ keepMs: 10, clock }, path);
    clock.advance(DAY);
    again.store.prune();
    again.store[Symbol.dispose]();
    const after = Deno.statSync(path).size;
    assert.ok(before > 3_000_000 && after < 300_000, `${before} → ${after}`);
  });
});

Deno.test("hosts, however many and talkative, push out no job", { permissions }, () => {
  const { clock, database, store, ids, run } = scene({ keepBytes: 1_000_000 });
  using _ = store;
  for (const id of ["a", "b"]) run(id, id.repeat(100_000));
  for (let index = 0; index < 300; index++) {
    const facts = { long: "x".repeat(10_000) };
    store.hosts.recordAttached({ name: `web${index}`, key: "AAAA", version: "1", facts }, index);
  }
  store.flush();
  assert.ok(database.usedBytes() > 3_000_000);
  run("c", "c");
  clock.advance(1);
  store.prune();
  assert.deepEqual(ids(), ["a", "b", "c"]);
  for (let index = 0; index < 9; index++) {
    clock.advance(1);
    run(`large${index}`, String(index).repeat(200_000));
  }
  assert.equal(ids().includes("a"), false);
});
