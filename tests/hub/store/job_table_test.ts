/**
 * Jobs and the states of their hosts.
 * @module
 */
import assert from "node:assert/strict";
import type { JobHostEnd } from "../../../lib/hub/store/job_record.ts";
import { ended, inMemory, job, textOf } from "./store_fixture.ts";

const permissions = "none";
const encoder = new TextEncoder();
const NOTHING = { total: 0, stored: 0 };
const LOST: JobHostEnd = {
  state: { kind: "lost", reason: "gone", at: 9 },
  stdout: { total: 0, rest: [] },
  stderr: { total: 0, rest: [] },
};

Deno.test("JobTable.add() keeps the job and every host as pending", { permissions }, async () => {
  using store = inMemory();
  const a = job("a");
  await store.jobs.add(a, ["web2", "web1"]);
  assert.deepEqual(store.jobs.get("a"), a);
  assert.deepEqual(
    store.jobs.hosts("a"),
    ["web2", "web1"].map((node) => ({
      node,
      state: { kind: "pending", at: 1_000 },
      pendingAt: 1_000,
      received: 0,
      stdout: NOTHING,
      stderr: NOTHING,
    })),
  );
  assert.deepEqual(store.jobs.host("a", "web1"), store.jobs.hosts("a")[1]);
});

Deno.test("JobTable.add() rejects a known id, or a host twice, and keeps nothing of it", {
  permissions,
}, async () => {
  using store = inMemory();
  await store.jobs.add(job("a"), ["web1"]);
  await assert.rejects(store.jobs.add(job("a"), ["web2"]), /cannot write the hub store .*: UNIQUE/);
  await assert.rejects(
    store.jobs.add(job("b"), ["web1", "web1"]),
    /cannot write the hub store .*: UNIQUE/,
  );
  assert.equal(store.jobs.hosts("a").length, 1);
  assert.equal(store.jobs.get("b"), undefined);
});

Deno.test("JobTable takes names, texts and ids as they are", { permissions }, async () => {
  using store = inMemory();
  const names = ["a'b", "ü.example", "x%", "null", '"', "a\\b"];
  const odd = job("it's", {
    summary: "echo 'ü' --",
    target: "%",
    message: new Uint8Array(),
  });
  await store.jobs.add(odd, names);
  assert.deepEqual(store.jobs.get("it's"), odd);
  assert.deepEqual(store.jobs.hosts("it's").map(({ node }) => node), names);
});

Deno.test("JobTable knows nothing of what was never added", { permissions }, async () => {
  using store = inMemory();
  await store.jobs.add(job("a"), ["web1"]);
  const { jobs } = store;
  assert.deepEqual([jobs.get("b"), jobs.host("a", "web2"), jobs.host("b", "web1")], [
    undefined,
    undefined,
    undefined,
  ]);
  assert.deepEqual([jobs.hosts("b"), jobs.jobsOf("web2", 5), jobs.find("b")], [[], [], []]);
  assert.deepEqual([...jobs.output("a", "web2", "stdout")], []);
  jobs.advance("b", "web1", "started", 5);
  jobs.over("b", 5);
  await jobs.spool("a", "web2", { received: 1, stdout: 1, stderr: 0, chunks: [] });
  await jobs.end("b", "web1", ended());
  assert.equal(jobs.host("a", "web1")?.state.kind, "pending");
});

Deno.test("JobTable.find() gives at most ten ids that begin so, in order", {
  permissions,
}, () => {
  using store = inMemory();
  const ids = Array.from({ length: 12 }, (_, index) => `ab${index.toString(16)}`);
  for (const id of [...ids, "aa", "ac", "a", "%"]) void store.jobs.add(job(id), []);
  assert.deepEqual(store.jobs.find("ab"), ids.slice(0, 10));
  assert.deepEqual(store.jobs.find("ab1"), ["ab1"]);
  assert.deepEqual(store.jobs.find("aba"), ["aba"]);
  assert.deepEqual(store.jobs.find("%"), ["%"]);
  assert.deepEqual(store.jobs.find("abz"), []);
});

Deno.test("JobTable.recent() gives the newest first, unfinished() the oldest", {
  permissions,
}, () => {
  using store = inMemory({ keepMs: Infinity });
  // A clock that was set back does not change the order of submission.
  for (const [id, submitted] of [["c", 3], ["a", 1], ["b", 2]] as const) {
    void store.jobs.add(job(id, { submitted }), ["web1"]);
  }
  assert.deepEqual(store.jobs.recent(2).map(({ id }) => id), ["b", "a"]);
  store.jobs.over("a", 77);
  store.jobs.over("a", 78);
  assert.equal(store.jobs.get("a")?.overAt, 77);
  assert.deepEqual(store.jobs.unfinished().map(({ id }) => id), ["c", "b"]);
  assert.deepEqual(store.jobs.recent(0), []);
});

Deno.test("JobTable.jobsOf() gives the jobs of one host, the newest first", {
  permissions,
}, () => {
  using store = inMemory();
  void store.jobs.add(job("a"), ["web1", "web2"]);
  void store.jobs.add(job("b"), ["web2"]);
  void store.jobs.add(job("c"), ["web2", "web1"]);
  store.jobs.advance("a", "web1", "started", 7);
  const found = store.jobs.jobsOf("web1", 5);
  assert.deepEqual(found.map((each) => [each.job.id, each.host.node, each.host.state.kind]), [
    ["c", "web1", "pending"],
    ["a", "web1", "started"],
  ]);
  assert.deepEqual(found[1], { job: job("a"), host: store.jobs.host("a", "web1") });
  assert.deepEqual(store.jobs.jobsOf("web2", 1).map((each) => each.job.id), ["c"]);
});

Deno.test("JobTable.advance() goes forward only, with the time of each step", {
  permissions,
}, () => {
  using store = inMemory();
  void store.jobs.add(job("a"), ["web1", "web2"]);
  store.jobs.advance("a", "web1", "delivered", 11);
  store.jobs.advance("a", "web1", "started", 12);
  store.jobs.advance("a", "web1", "delivered", 13);
  store.jobs.advance("a", "web1", "started", 14);
  store.jobs.advance("a", "web2", "started", 15);
  store.jobs.advance("a", "web2", "delivered", 16);
  const of = (node: string) => {
    const { state, deliveredAt, startedAt } = store.jobs.host("a", node) ?? {};
    return [state?.kind, deliveredAt, startedAt];
  };
  assert.deepEqual(of("web1"), ["started", 11, 12]);
  assert.deepEqual(of("web2"), ["started", undefined, 15]);
});

Deno.test("JobTable.tally() counts hosts that are alike", { permissions }, async () => {
  using store = inMemory();
  const { jobs } = store;
  void jobs.add(job("a"), ["p1", "p2", "d", "s", "e", "f", "l", "x"]);
  void jobs.add(job("b"), ["p1"]);
  jobs.advance("a", "d", "delivered", 1);
  jobs.advance("a", "s", "started", 1);
  void jobs.end("a", "e", ended());
  void jobs.end("a", "f", ended("", { outcome: { kind: "exited", code: 1 } }));
  void jobs.end("a", "l", LOST);
  await jobs.end("a", "x", { ...LOST, state: { kind: "expired", at: 9 } });
  const rows = jobs.tally("a").map(({ kind, outcome, hosts }) => [
    kind,
    outcome ? JSON.stringify(outcome) : "",
    hosts,
  ]);
  assert.deepEqual(rows.sort(), [
    ["delivered", "", 1],
    ["ended", '{"kind":"exited","code":0}', 1],
    ["ended", '{"kind":"exited","code":1}', 1],
    ["expired", '{"kind":"expired"}', 1],
    ["lost", '{"kind":"lost","reason":""}', 1],
    ["pending", "", 2],
    ["started", "", 1],
  ]);
  assert.deepEqual(jobs.tally("z"), []);
});

Deno.test("JobTable.end() keeps the result, and the first end holds", { permissions }, async () => {
  using store = inMemory();
  const { jobs } = store;
  await jobs.add(job("a"), ["web1"]);
  await jobs.end("a", "web1", ended("hello"));
  await jobs.end("a", "web1", { ...LOST, state: { kind: "lost", reason: "gone", at: 99 } });
  jobs.advance("a", "web1", "started", 99);
  await jobs.spool("a", "web1", {
    received: 99,
    stdout: 99,
    stderr: 0,
    chunks: [{ stream: "stdout", bytes: encoder.encode("late") }],
  });
  assert.deepEqual(jobs.host("a", "web1"), {
    node: "web1",
    state: { kind: "ended", envelope: Uint8Array.of(9), at: 1_500 },
    outcome: { kind: "exited", code: 0 },
    pendingAt: 1_000,
    endedAt: 1_500,
    received: 0,
    stdout: {
      total: 5,
      stored: 5,
      hash: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
    },
    stderr: NOTHING,
  });
  assert.equal(textOf(jobs.output("a", "web1", "stdout")), "hello");
});

Deno.test("JobTable.end() says why a host is lost", { permissions }, async () => {
  using store = inMemory();
  await store.jobs.add(job("a"), ["web1"]);
  await store.jobs.end("a", "web1", LOST);
  assert.deepEqual(store.jobs.host("a", "web1"), {
    node: "web1",
    state: { kind: "lost", reason: "gone", at: 9 },
    outcome: { kind: "lost", reason: "gone" },
    pendingAt: 1_000,
    endedAt: 9,
    received: 0,
    stdout: NOTHING,
    stderr: NOTHING,
  });
});

Deno.test("JobTable.spool() keeps both streams in order, before and after the end", {
  permissions,
}, async () => {
  using store = inMemory();
  const { jobs } = store;
  await jobs.add(job("a"), ["web1"]);
  const chunk = (stream: "stdout" | "stderr", text: string) => ({
    stream,
    bytes: encoder.encode(text),
  });
  await jobs.spool("a", "web1", {
    received: 6,
    stdout: 4,
    stderr: 2,
    chunks: [chunk("stdout", "ab"), chunk("stderr", "xy"), chunk("stdout", "cd")],
  });
  await jobs.spool("a", "web1", {
    received: 1_000,
    stdout: 998,
    stderr: 2,
    chunks: [chunk("stdout", "e")],
  });
  const { received, stdout, stderr } = jobs.host("a", "web1") ?? {};
  assert.deepEqual([received, stdout, stderr], [
    1_000,
    { total: 998, stored: 5 },
    { total: 2, stored: 2 },
  ]);
  assert.equal(textOf(jobs.output("a", "web1", "stdout")), "abcde");
  assert.equal(textOf(jobs.output("a", "web1", "stderr")), "xy");
  const rest = [encoder.encode("f"), new Uint8Array(), encoder.encode("gh")];
  await jobs.end("a", "web1", ended("", { stdout: { total: 2_000, rest } }));
  assert.equal(textOf(jobs.output("a", "web1", "stdout")), "abcdefgh");
  assert.equal(textOf(jobs.output("a", "web1", "stderr")), "xy");
  const host = jobs.host("a", "web1");
  assert.deepEqual([host?.stdout.total, host?.stdout.stored, host?.received], [2_000, 8, 1_000]);
});
