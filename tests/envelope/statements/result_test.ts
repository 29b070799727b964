import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { decodeUtf8, encodeUtf8 } from "../../../lib/base/bytes.ts";
import { verifyEnvelope } from "../../../lib/envelope/signing/verify_envelope.ts";
import { decodeBody, encodeBody } from "../../../lib/envelope/signing/payload_type.ts";
import {
  isTruncated,
  type Outcome,
  type OutputSummary,
  type Result,
  type ResultClass,
  resultClass,
  resultType,
} from "../../../lib/envelope/statements/result.ts";
import { signEnvelope } from "../../../lib/envelope/signing/sign_envelope.ts";
import {
  anyCount,
  anyHex,
  anyNodeName,
  anyOutcome,
  anyTime,
  assertEnvelopeError,
  bob,
  lookupOf,
  output,
  result,
  withPrototypes,
} from "../../support/envelope_fixtures.ts";

const input = { start: 0, bytes: 0, sha256: "a".repeat(64), ended: false };

Deno.test("a result is written with its fields in order", () => {
  strictEqual(decodeUtf8(encodeBody(result, resultType)), JSON.stringify(result));
});

Deno.test("any result is opened as it was sealed", () => {
  const anyOutput: fc.Arbitrary<OutputSummary> = fc.tuple(anyCount, anyCount, anyHex(32))
    .map(([a, b, sha256]) => ({ bytes: Math.max(a, b), kept: Math.min(a, b), sha256 }));
  const anyResult: fc.Arbitrary<Result> = fc.record<Result>({
    v: fc.constant(1),
    id: anyHex(16),
    request: anyHex(32),
    agent: anyNodeName,
    seq: anyCount,
    outcome: anyOutcome,
    rule: fc.string({ maxLength: 300, unit: "grapheme-ascii" }),
    startMs: anyTime,
    endMs: anyTime,
    out: anyOutput,
    err: anyOutput,
    input: fc.record({
      ...{ start: anyCount, bytes: anyCount, sha256: anyHex(32), ended: fc.boolean() },
      signature: anyHex(64).map((hex) => Uint8Array.fromHex(hex).toBase64()),
    }),
    auditHead: anyHex(32),
  }).map(({ startMs, endMs, ...rest }) => ({
    ...rest,
    startMs: Math.min(startMs, endMs),
    endMs: Math.max(startMs, endMs),
  }));
  fc.assert(fc.property(anyResult, (any) => {
    const sealed = signEnvelope(resultType, any, [bob]);
    const opened = verifyEnvelope(sealed, { payloadType: resultType, keys: lookupOf(bob) });
    deepStrictEqual(withPrototypes(opened.body), withPrototypes(any));
  }));
});

Deno.test("a result refuses fields beyond their bounds", async (t) => {
  const hostile: readonly (readonly [string, Readonly<Record<string, unknown>>, RegExp])[] = [
    ["version 0", { v: 0 }, /result\.v/],
    ["bad id", { id: "../x" }, /result\.id/],
    ["short request digest", { request: "b".repeat(63) }, /result\.request/],
    ["agent with a line end", { agent: "web1\n" }, /result\.agent/],
    ["agent with ESC", { agent: "\x1b[2J" }, /result\.agent/],
    ["agent called ALL", { agent: "ALL" }, /result\.agent/],
    ["agent without a name", { agent: "" }, /result\.agent/],
    ["agent with a path", { agent: "a/../b" }, /result\.agent/],
    ["negative seq", { seq: -1 }, /result\.seq/],
    ["no outcome", { outcome: undefined }, /no field "outcome"/],
    ["outcome still running", { outcome: { kind: "started" } }, /result\.outcome\.kind/],
    ["exit code 256", { outcome: { kind: "exited", code: 256 } }, /outcome\.code/],
    ["exit code 2^40", { outcome: { kind: "exited", code: 2 ** 40 } }, /outcome\.code/],
    ["exit code as text", { outcome: { kind: "exited", code: "0" } }, /outcome\.code/],
    ["negative exit code", { outcome: { kind: "exited", code: -1 } }, /outcome\.code/],
    [
      "exited with a signal",
      { outcome: { kind: "exited", code: 0, signal: "SIGHUP" } },
      /"signal"/,
    ],
    ["signal by number", { outcome: { kind: "signalled", signal: 9 } }, /outcome\.signal/],
    ["signal with ESC", { outcome: { kind: "signalled", signal: "SIG\x1b" } }, /outcome\.signal/],
    ["refusal without a reason", { outcome: { kind: "refused", code: "x" } }, /"reason"/],
    [
      "refusal with a spaced code",
      { outcome: { kind: "refused", code: "a b", reason: "" } },
      /code/,
    ],
    ["long reason", { outcome: { kind: "lost", reason: "a".repeat(1_025) } }, /outcome\.reason/],
    ["long rule", { outcome: { kind: "allowed", rule: "a".repeat(1_025), summary: "" } }, /rule/],
    ["long rule of a command", { rule: "a".repeat(1_025) }, /result\.rule/],
    ["no text for a rule", { rule: null }, /result\.rule/],
    ["negative start", { startMs: -1 }, /result\.startMs/],
    ["start after the year 9999", { startMs: 253_402_300_800_000 }, /result\.startMs/],
    ["start that no clock shows", { startMs: 2 ** 53 }, /result\.startMs/],
    ["half a millisecond", { startMs: 0.5 }, /result\.startMs/],
    ["negative end", { startMs: 0, endMs: -1 }, /result\.endMs/],
    ["end after the year 9999", { endMs: 253_402_300_800_000 }, /result\.endMs/],
    ["end before the start", { startMs: 2, endMs: 1 }, /ends before it begins/],
    ["end as text", { endMs: "1" }, /result\.endMs/],
    ["no output", { out: undefined }, /no field "out"/],
    ["more kept than there was", { out: { ...output, kept: 6 } }, /keeps more than there was/],
    ["negative count", { err: { ...output, bytes: -1 } }, /err\.bytes/],
    ["digest in base64", { err: { ...output, sha256: "A".repeat(44) } }, /err\.sha256/],
    ["claimed truncation", { err: { ...output, truncated: false } }, /"truncated"/],
    ["input without a proof", { input: { ...input, bytes: 1 } }, /input has no signature/],
    [
      "end of input without a proof",
      { input: { ...input, ended: true } },
      /input has no signature/,
    ],
    ["short signature of input", { input: { ...input, signature: "AAAA" } }, /input\.signature/],
    ["bad audit head", { auditHead: "" }, /result\.auditHead/],
    ["unknown field", { zz: 1 }, /unknown field "zz"/],
  ];
  for (const [name, changes, message] of hostile) {
    await t.step(name, () => {
      const bytes = encodeUtf8(JSON.stringify({ ...result, ...changes }));
      match(assertEnvelopeError("body", () => decodeBody(bytes, resultType)), message);
    });
  }
});

Deno.test("a result may name the rule that let the command run", () => {
  const { v, id, request, agent, seq, outcome, ...rest } = result;
  const named: Result = {
    v,
    id,
    request,
    agent,
    seq,
    outcome,
    rule: 'key "alice" (line 1)',
    ...rest,
  };
  strictEqual(decodeUtf8(encodeBody(named, resultType)), JSON.stringify(named));
});

Deno.test("resultClass says what an outcome means", () => {
  const rows: readonly (readonly [Outcome, ResultClass])[] = [
    [{ kind: "exited", code: 0 }, "ok"],
    [{ kind: "allowed", rule: "", summary: "" }, "ok"],
    [{ kind: "exited", code: 1 }, "failed"],
    [{ kind: "signalled", signal: "SIGSEGV" }, "failed"],
    [{ kind: "timeout" }, "failed"],
    [{ kind: "cancelled" }, "failed"],
    [{ kind: "refused", code: "x", reason: "" }, "refused"],
    [{ kind: "lost", reason: "" }, "lost"],
  ];
  for (const [outcome, expected] of rows) strictEqual(resultClass(outcome), expected, outcome.kind);
});

Deno.test("isTruncated compares what was kept with what there was", () => {
  strictEqual(isTruncated(output), false);
  strictEqual(isTruncated({ ...output, kept: 4 }), true);
});
