import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import { verifyEnvelope } from "../../../lib/envelope/signing/verify_envelope.ts";
import { type Outcome, type Result, resultType } from "../../../lib/envelope/statements/result.ts";
import { signEnvelope } from "../../../lib/envelope/signing/sign_envelope.ts";
import type { VerifiedState } from "../../../lib/protocol/job/host_state.ts";
import { FollowedJob } from "../../../lib/trigger/results/followed_job.ts";
import {
  type HostResult,
  isSigned,
  type ResultListener,
} from "../../../lib/trigger/results/host_result.ts";
import { alice, lookupOf, result } from "../../support/envelope_fixtures.ts";
import { settle } from "../../support/virtual_clock.ts";

function ended(change: Partial<Result>): VerifiedState {
  const envelope = signEnvelope(resultType, { ...result, ...change }, [alice]);
  const verified = verifyEnvelope(envelope, { payloadType: resultType, keys: lookupOf(alice) });
  return { kind: "ended", result: verified, envelope: new Uint8Array() };
}

/** The summary of output of which nothing was left out but `dropped` bytes. */
function summary(text: string, dropped = 0): Result["out"] {
  const bytes = encodeUtf8(text);
  const sha256 = hash("sha256", bytes, "hex");
  return { bytes: bytes.length + dropped, kept: bytes.length, sha256 };
}

function gather(answer: Promise<void> | void = undefined, partial = false) {
  const log: string[] = [];
  const ends = new Map<string, HostResult>();
  const listener: ResultListener = {
    output: (node, stream, bytes) => {
      log.push(`${node} ${stream} ${new TextDecoder().decode(bytes)}`);
      return answer;
    },
    ended: (node, end) => {
      log.push(`${node} ended`);
      ends.set(node, end);
    },
  };
  const outputCheck = partial ? "beginning" : "whole";
  const sink = new FollowedJob(["web1", "web2"], { listeners: [listener], outputCheck });
  const put = (node: string, stream: "stdout" | "stderr", text: string) =>
    sink.output(node, { stream, bytes: encodeUtf8(text) });
  return { sink, log, ends, put };
}

Deno.test("FollowedJob tells output as it comes, and the end once", () => {
  const { sink, log, ends, put } = gather();
  sink.state("web1", { kind: "delivered" });
  sink.state("web1", { kind: "started" });
  put("web1", "stdout", "one");
  put("web2", "stderr", "two");
  put("web1", "stdout", " more");
  sink.state("web1", ended({ out: summary("one more"), err: summary("") }));
  sink.state("web2", ended({ out: summary(""), err: summary("two") }));
  assert.deepEqual(log, [
    ...["web1 stdout one", "web2 stderr two", "web1 stdout  more", "web1 ended", "web2 ended"],
  ]);
  const end = {
    outcome: { kind: "exited", code: 0 },
    droppedBytes: 0,
    durationMs: 1_500,
    auditHead: "d".repeat(64),
  };
  assert.deepEqual([...ends.values()].map(plain), [end, end]);
});

function plain(end: HostResult | undefined): unknown {
  return JSON.parse(JSON.stringify(end));
}

Deno.test("FollowedJob hands on the promise of a slow sink", () => {
  const promise = Promise.resolve();
  assert.equal(gather(promise).put("web1", "stdout", "text"), promise);
  assert.equal(gather().put("web1", "stdout", "text"), undefined);
});

Deno.test("FollowedJob counts the bytes of both streams that were not sent", () => {
  const { sink, ends, put } = gather();
  put("web1", "stdout", "kept");
  sink.state("web1", ended({ out: summary("kept", 10), err: summary("", 3) }));
  assert.equal(ends.get("web1")?.droppedBytes, 13);
});

for (
  const [title, state, outcome] of [
    ["expired", { kind: "expired" }, { kind: "expired" }],
    ["skipped", { kind: "skipped" }, { kind: "skipped" }],
    ["lost", { kind: "lost", reason: "gone" }, { kind: "lost", reason: "gone" }],
  ] as const
) {
  Deno.test(`FollowedJob says ${title} of a host that has signed nothing`, () => {
    const { sink, ends, put } = gather();
    put("web1", "stdout", "something");
    sink.state("web1", state);
    assert.deepEqual(ends.get("web1"), { outcome, droppedBytes: 0 });
  });
}

/** Output on the way: what came of "out" on stdout and "err" on stderr. */
const FORGERIES: readonly (readonly [string, string, string])[] = [
  ["changed stdout", "0ut", "err"],
  ["changed stderr", "out", "3rr"],
  ["cut output", "ou", "err"],
  ["longer output", "outer", "err"],
  ["output on the other stream", "outerr", ""],
  ["no output", "", ""],
];

for (const [title, stdout, stderr] of FORGERIES) {
  Deno.test(`FollowedJob says unverified of ${title}`, () => {
    const { sink, ends, put } = gather();
    if (stdout) put("web1", "stdout", stdout);
    if (stderr) put("web1", "stderr", stderr);
    put("web2", "stdout", "out");
    put("web2", "stderr", "err");
    for (const node of ["web1", "web2"]) {
      sink.state(node, ended({ out: summary("out"), err: summary("err") }));
    }
    assert.deepEqual(ends.get("web1")?.outcome, { kind: "unverified" });
    assert.equal(ends.get("web2")?.outcome.kind, "exited");
  });
}

/** An agent that failed in the middle has sent output and can vouch for none of it. */
const BROKEN_OFF: readonly Outcome[] = [
  { kind: "lost", reason: "the agent ended while the command ran" },
  { kind: "cancelled" },
  { kind: "undone", reason: "the agent ended before the command did", code: 0, said: "" },
];

for (const outcome of BROKEN_OFF) {
  Deno.test(`FollowedJob believes ${outcome.kind} though the output is not described`, () => {
    const { sink, ends, put } = gather();
    put("web1", "stdout", "half of it");
    sink.state("web1", ended({ outcome, out: summary(""), err: summary("") }));
    assert.deepEqual({ ...ends.get("web1")?.outcome }, outcome);
  });
}

Deno.test("FollowedJob does not believe output of a command that was refused", () => {
  const { sink, ends, put } = gather();
  put("web1", "stdout", "all is well");
  const outcome = { kind: "refused", code: "no-shell", reason: "no shell" } as const;
  sink.state("web1", ended({ outcome, out: summary(""), err: summary("") }));
  assert.deepEqual(ends.get("web1")?.outcome, { kind: "unverified" });
});

Deno.test(
  "FollowedJob of a beginning says that output is missing, which nobody can check then",
  () => {
    const { sink, ends, put } = gather(undefined, true);
    put("web1", "stdout", "the beg");
    sink.state("web1", ended({ out: summary("the beginning and the end"), err: summary("") }));
    const { outcome, droppedBytes, unchecked } = ends.get("web1") ?? assert.fail();
    assert.deepEqual([outcome.kind, droppedBytes, unchecked], ["exited", 18, true]);
  },
);

Deno.test("FollowedJob whose output is not followed believes what is signed", () => {
  const followed = new FollowedJob(["web1", "web2"], { outputCheck: "none" });
  followed.output("web1", { stream: "stdout", bytes: encodeUtf8("the end") });
  followed.state("web1", ended({ out: summary("the beginning and the end") }));
  followed.state("web2", { kind: "lost", reason: "gone" });
  const [one, two] = [followed.results.get("web1"), followed.results.get("web2")];
  assert.equal(one?.outcome.kind, "exited");
  assert.deepEqual([one, two].map((result) => result && isSigned(result)), [true, false]);
});

Deno.test("FollowedJob tells all listeners, and waits for the slowest", async () => {
  const log: string[] = [];
  const slow = Promise.withResolvers<void>();
  const listener = (name: string, taking?: Promise<void>): ResultListener => ({
    output: () => taking,
    ended: (node) => void log.push(`${name} ${node}`),
  });
  const listeners = [listener("a"), listener("b", slow.promise), listener("c", Promise.resolve())];
  const followed = new FollowedJob(["web1"], { listeners, outputCheck: "none" });
  let isTaken = false;
  const taking = followed.output("web1", { stream: "stdout", bytes: new Uint8Array([1]) });
  const taken = taking?.then(() => isTaken = true);
  await settle();
  assert.equal(isTaken, false);
  slow.resolve();
  await taken;
  followed.state("web1", { kind: "skipped" });
  assert.deepEqual(log, ["a web1", "b web1", "c web1"]);
});

Deno.test("FollowedJob is settled when hosts have ended or wait for a confirmation", async () => {
  const followed = new FollowedJob(["web1", "web2"]);
  let isSettled = false;
  followed.settled.then(() => isSettled = true);
  followed.state("web1", { kind: "unconfirmed" });
  await settle();
  assert.deepEqual([isSettled, [...followed.unconfirmed]], [false, ["web1"]]);
  followed.state("web2", { kind: "expired" });
  await settle();
  assert.deepEqual([isSettled, followed.unfinished], [true, ["web1"]]);
  followed.state("web1", { kind: "lost", reason: "gone" });
  assert.deepEqual([[...followed.unconfirmed], followed.unfinished], [[], []]);
  assert.deepEqual(followed.outcomes, [
    { node: "web2", outcome: { kind: "expired" } },
    { node: "web1", outcome: { kind: "lost", reason: "gone" } },
  ]);
  await new FollowedJob([]).settled;
});

Deno.test("FollowedJob that was left takes no output and no results, but is settled", async () => {
  const { sink, log, ends, put } = gather();
  sink.state("web1", { kind: "expired" });
  sink.leave();
  put("web2", "stdout", "late");
  sink.state("web2", { kind: "lost", reason: "nobody waited" });
  await sink.settled;
  assert.deepEqual([log, [...ends.keys()], sink.unfinished], [["web1 ended"], ["web1"], ["web2"]]);
});

Deno.test("FollowedJob counts the hosts in its progress before it tells listeners", () => {
  const told: string[] = [];
  const listener: ResultListener = {
    output: (node) => void told.push(`${node} ${[...followed.progress.running]}`),
    ended: (node) => void told.push(`${node} ${followed.progress.counts().done}`),
  };
  const followed = new FollowedJob(["a"], { listeners: [listener], held: true });
  assert.deepEqual([...followed.progress.held], ["a"]);
  followed.state("a", { kind: "started" });
  followed.output("a", { stream: "stderr", bytes: new Uint8Array() });
  followed.state("a", { kind: "expired" });
  assert.deepEqual(told, ["a a", "a 1"]);
});
