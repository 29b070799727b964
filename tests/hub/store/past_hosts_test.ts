/**
 * Selects hosts of past jobs.
 * @module
 */
import assert from "node:assert/strict";
import type { HubStore } from "../../../lib/hub/store/hub_store.ts";
import type { EndedOutcome, FinalState } from "../../../lib/protocol/job/host_state.ts";
import type { JobHostEnd } from "../../../lib/hub/store/job_record.ts";
import { parseJobReference } from "../../../lib/protocol/operator/job_reference.ts";
import { selectPastHosts } from "../../../lib/hub/store/past_hosts.ts";
import { ended, inMemory, job } from "./store_fixture.ts";

const permissions = "none";
const FIRST = "aaaa0000";
const SECOND = "aaab0000";
const encoder = new TextEncoder();

function exited(code: number, out: string, err = ""): JobHostEnd {
  const bytes = encoder.encode(err);
  return ended(out, {
    outcome: { kind: "exited", code },
    stderr: { total: bytes.length, rest: [bytes] },
  });
}

/** A job whose hosts have ended in every way, and then a newer one. */
function scene(): HubStore {
  const store = inMemory();
  const { jobs } = store;
  void jobs.add(job(FIRST), ["ok", "rc3", "killed", "refused", "lost", "gone", "late", "runs"]);
  const signed = (node: string, outcome: EndedOutcome) =>
    void jobs.end(FIRST, node, ended("", { outcome }));
  const silent = (node: string, state: FinalState) =>
    void jobs.end(FIRST, node, {
      state: { ...state, at: 5 },
      stdout: { total: 0, rest: [] },
      stderr: { total: 0, rest: [] },
    });
  void jobs.end(FIRST, "ok", exited(0, "kernel 5.15\n"));
  void jobs.end(FIRST, "rc3", exited(3, "kernel 6.1\n", "disk full\n"));
  signed("killed", { kind: "signalled", signal: "SIGSEGV" });
  signed("refused", { kind: "refused", code: "policy", reason: "no" });
  signed("lost", { kind: "lost", reason: "restarted" });
  silent("gone", { kind: "lost", reason: "the agent went away" });
  silent("late", { kind: "expired" });
  void jobs.spool(FIRST, "runs", {
    received: 11,
    stdout: 11,
    stderr: 0,
    chunks: [{ stream: "stdout", bytes: encoder.encode("kernel 5.10") }],
  });
  void jobs.add(job(SECOND), ["web1", "web2"]);
  void jobs.end(SECOND, "web2", exited(1, ""));
  return store;
}

function select(store: HubStore, text: string): string {
  const reference = parseJobReference(text);
  assert.equal(reference.kind, "job", text);
  if (reference.kind !== "job") return "";
  const found = selectPastHosts(store.jobs, reference);
  return found.kind === "hosts" ? found.nodes.join(" ") : found.problem;
}

Deno.test("selectPastHosts() finds hosts by how they ended and what they printed", {
  permissions,
}, () => {
  using store = scene();
  const rows: readonly (readonly [text: string, hosts: string])[] = [
    ["last", "web1 web2"],
    ["last:failed", "web2"],
    ["last:pending", "web1"],
    ["aaaa", "ok rc3 killed refused lost gone late runs"],
    ["aaaa:ok", "ok"],
    ["aaaa:failed", "rc3 killed"],
    ["aaaa:refused", "refused"],
    ["aaaa:lost", "lost gone late"],
    ["aaaa:pending", "runs"],
    ["aaaa:rc=3", "rc3"],
    ["aaaa:rc>=0", "ok rc3"],
    ["aaaa:out~kernel 5", "ok runs"],
    ["aaaa:err~^disk", "rc3"],
    ["aaaa:out~disk", ""],
  ];
  for (const [text, hosts] of rows) assert.equal(select(store, text), hosts, text);
});

Deno.test("selectPastHosts() says why there is no such job", { permissions }, () => {
  using store = scene();
  assert.equal(select(store, "bbbb:ok"), "no such job: bbbb");
  void store.jobs.add(job("aaaa1111"), []);
  const many = "more than one job matches: aaaa0000, aaaa1111";
  assert.equal(select(store, "aaaa:ok"), many);
  assert.equal(select(store, "aaaa0000:ok"), "ok");
  using empty = inMemory();
  assert.equal(select(empty, "last"), "no jobs yet");
});

Deno.test(
  "selectPastHosts() reads output that many hosts share once",
  { permissions },
  async () => {
    using store = inMemory();
    const { jobs } = store;
    const nodes = Array.from({ length: 300 }, (_, index) => `web${index}`);
    await jobs.add(job("cccc"), nodes);
    await Promise.all(
      nodes.map((node, index) => jobs.end("cccc", node, exited(0, `release ${index % 3}`))),
    );
    const read: string[] = [];
    const output = jobs.output.bind(jobs);
    jobs.output = (id, node, stream) => {
      read.push(node);
      return output(id, node, stream);
    };
    assert.equal(select(store, "cccc:out~release [12]").split(" ").length, 200);
    assert.deepEqual(read, ["web0", "web1", "web2"]);
  },
);

Deno.test("selectPastHosts() searches the first MiB of an output", { permissions }, async () => {
  using store = inMemory();
  const size = 1024 * 1024;
  await store.jobs.add(job("dddd"), ["inside", "outside"]);
  await store.jobs.end("dddd", "inside", exited(0, "-".repeat(size - 6) + "\nmatch"));
  await store.jobs.end("dddd", "outside", exited(0, "-".repeat(size) + "\nmatch"));
  assert.equal(select(store, "dddd:out~match"), "inside");
});
