/**
 * Stores the output of commands: each body once, read in pieces.
 * @module
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { concat } from "../../../lib/base/bytes.ts";
import { Database } from "../../../lib/hub/store/database.ts";
import { SqliteHubStore } from "../../../lib/hub/store/hub_store.ts";
import { ended, job, textOf } from "./store_fixture.ts";

const permissions = "none";
const PIECE = 65_536;

/** A store whose tables can be counted. */
function opened(): { store: SqliteHubStore; rows(table: string): number } {
  const database = new Database(":memory:");
  const rows = (table: string) => Number(database.get(`SELECT count(*) AS n FROM ${table}`)?.n);
  return { store: new SqliteHubStore(database), rows };
}

/** Returns bytes without repetition. */
function pattern(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let index = 0; index < length; index++) {
    state = Math.imul(state, 1_103_515_245) + 12_345;
    bytes[index] = state >>> 16;
  }
  return bytes;
}

Deno.test("a job of 10,000 hosts with three different outputs keeps three bodies", {
  permissions,
}, async () => {
  const { store, rows } = opened();
  using _ = store;
  const nodes = Array.from({ length: 10_000 }, (_, index) => `web${index}`);
  const bodies = [1, 2, 3].map((seed) => pattern(1_024, seed));
  await store.jobs.add(job("a"), nodes);
  await Promise.all(
    nodes.map((node, index) => store.jobs.end("a", node, ended(bodies[index % 3]))),
  );
  assert.deepEqual([rows("job_host"), rows("result")], [10_000, 10_000]);
  assert.deepEqual([rows("body"), rows("piece"), rows("spool")], [3, 3, 0]);
  assert.deepEqual(concat([...store.jobs.output("a", "web9999", "stdout")]), bodies[0]);
});

Deno.test("output that is equal is one body, however it came and whichever stream it is", {
  permissions,
}, async () => {
  const { store, rows } = opened();
  using _ = store;
  const nodes = ["whole", "spooled", "mixed", "stderr"];
  await store.jobs.add(job("a"), nodes);
  const bytes = pattern(200_000);
  const part = (piece: Uint8Array, total: number) => ({
    received: total,
    stdout: total,
    stderr: 0,
    chunks: [{ stream: "stdout" as const, bytes: piece }],
  });
  await store.jobs.spool("a", "spooled", part(bytes.subarray(0, 100_000), 100_000));
  await store.jobs.spool("a", "spooled", part(bytes.subarray(100_000), 200_000));
  await store.jobs.spool("a", "mixed", part(bytes.subarray(0, 1), 1));
  await store.jobs.end("a", "whole", ended(bytes));
  await store.jobs.end("a", "spooled", ended(""));
  await store.jobs.end("a", "mixed", ended(bytes.subarray(1)));
  const stderr = { total: 200_000, rest: [bytes] };
  await store.jobs.end("a", "stderr", ended("", { stderr }));
  assert.deepEqual([rows("body"), rows("piece"), rows("spool")], [1, 4, 0]);
  const hash = createHash("sha256").update(bytes).digest("hex");
  for (const node of nodes) {
    const stream = node === "stderr" ? "stderr" : "stdout";
    const pieces = [...store.jobs.output("a", node, stream)];
    assert.deepEqual(concat(pieces), bytes);
    assert.ok(pieces.every(({ length }) => length <= PIECE));
    const { stored, hash: kept } = store.jobs.host("a", node)?.[stream] ?? {};
    assert.deepEqual([stored, kept], [200_000, hash]);
  }
});

Deno.test("commands that print nothing keep no body", { permissions }, async () => {
  const { store, rows } = opened();
  using _ = store;
  await store.jobs.add(job("a"), ["web1", "web2"]);
  await store.jobs.end("a", "web1", ended());
  await store.jobs.spool("a", "web2", { received: 5, stdout: 5, stderr: 0, chunks: [] });
  await store.jobs.end("a", "web2", ended("", { stdout: { total: 5, rest: [] } }));
  assert.deepEqual([rows("body"), rows("piece")], [0, 0]);
  assert.deepEqual(store.jobs.host("a", "web2")?.stdout, { total: 5, stored: 0 });
  assert.deepEqual([...store.jobs.output("a", "web2", "stdout")], []);
});

Deno.test("reading output goes on where it was when the command goes on, and when it ends", {
  permissions,
}, async () => {
  const { store } = opened();
  using _ = store;
  const bytes = pattern(3 * PIECE);
  await store.jobs.add(job("a"), ["web1"]);
  const spool = (begin: number, end: number) =>
    store.jobs.spool("a", "web1", {
      received: end,
      stdout: end,
      stderr: 0,
      chunks: [{ stream: "stdout", bytes: bytes.subarray(begin, end) }],
    });
  await spool(0, 10);
  await spool(10, 30);
  const reading = store.jobs.output("a", "web1", "stdout")[Symbol.iterator]();
  const next = () => reading.next().value as Uint8Array | undefined;
  const read: Uint8Array[] = [];
  read.push(next() ?? assert.fail());
  assert.equal(read[0]?.length, 10);
  await spool(30, 50_000);
  read.push(next() ?? assert.fail());
  await store.jobs.end("a", "web1", ended(bytes.subarray(50_000)));
  for (let piece = next(); piece; piece = next()) read.push(piece);
  assert.deepEqual(concat(read), bytes);
});

Deno.test("reading output fails when it is removed in between, and does not just end", {
  permissions,
}, async () => {
  const database = new Database(":memory:");
  using store = new SqliteHubStore(database, { keepMs: 0 });
  await store.jobs.add(job("a"), ["web1"]);
  await store.jobs.end("a", "web1", ended(pattern(2 * PIECE)));
  const reading = store.jobs.output("a", "web1", "stdout")[Symbol.iterator]();
  assert.equal(reading.next().done, false);
  store.jobs.over("a", 1);
  assert.equal(store.jobs.get("a"), undefined);
  await store.jobs.add(job("b"), ["web2"]);
  await store.jobs.end("b", "web2", ended(pattern(2 * PIECE, 5)));
  assert.throws(() => reading.next(), /^UserError: the output is no longer stored/);
  assert.equal(textOf(store.jobs.output("a", "web1", "stdout")), "");
});
