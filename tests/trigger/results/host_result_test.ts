import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import { verifyEnvelope } from "../../../lib/envelope/signing/verify_envelope.ts";
import { type Outcome, type Result, resultType } from "../../../lib/envelope/statements/result.ts";
import { signEnvelope } from "../../../lib/envelope/signing/sign_envelope.ts";
import type { VerifiedState } from "../../../lib/protocol/job/host_state.ts";
import { collectHostResults, type HostResult } from "../../../lib/trigger/results/host_result.ts";
import { alice, lookupOf, result } from "../../support/envelope_fixtures.ts";

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
  const sink = collectHostResults({
    output: (node, stream, bytes) => {
      log.push(`${node} ${stream} ${new TextDecoder().decode(bytes)}`);
      return answer;
    },
    ended: (node, end) => {
      log.push(`${node} ended`);
      ends.set(node, end);
    },
  }, { partial });
  const put = (node: string, stream: "stdout" | "stderr", text: string) =>
    sink.output(node, { stream, bytes: encodeUtf8(text) });
  return { sink, log, ends, put };
}

Deno.test("gathering tells output as it comes, and the end once", () => {
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

Deno.test("gathering hands on the promise of a slow sink", () => {
  const promise = Promise.resolve();
  assert.equal(gather(promise).put("web1", "stdout", "text"), promise);
  assert.equal(gather().put("web1", "stdout", "text"), undefined);
});

Deno.test("gathering counts the bytes of both streams that were not sent", () => {
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
  Deno.test(`gathering says ${title} of a host that has signed nothing`, () => {
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
  Deno.test(`gathering says unverified of ${title}`, () => {
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
  Deno.test(`gathering believes ${outcome.kind} though the output is not described`, () => {
    const { sink, ends, put } = gather();
    put("web1", "stdout", "half of it");
    sink.state("web1", ended({ outcome, out: summary(""), err: summary("") }));
    assert.deepEqual({ ...ends.get("web1")?.outcome }, outcome);
  });
}

Deno.test("gathering does not believe output of a command that was refused", () => {
  const { sink, ends, put } = gather();
  put("web1", "stdout", "all is well");
  const outcome = { kind: "refused", code: "no-shell", reason: "no shell" } as const;
  sink.state("web1", ended({ outcome, out: summary(""), err: summary("") }));
  assert.deepEqual(ends.get("web1")?.outcome, { kind: "unverified" });
});

Deno.test(
  "gathering of what was kept says that output is missing, which nobody can check then",
  () => {
    const { sink, ends, put } = gather(undefined, true);
    put("web1", "stdout", "the beg");
    sink.state("web1", ended({ out: summary("the beginning and the end"), err: summary("") }));
    const { outcome, droppedBytes, unchecked } = ends.get("web1") ?? assert.fail();
    assert.deepEqual([outcome.kind, droppedBytes, unchecked], ["exited", 18, true]);
  },
);
