import assert from "node:assert/strict";
import { type ResultFigures, ResultSigner } from "../../../lib/agent/jobs/result_signer.ts";
import { verifyEnvelope } from "../../../lib/envelope/signing/verify_envelope.ts";
import { type Outcome, type Result, resultType } from "../../../lib/envelope/statements/result.ts";
import { bob, lookupOf, output, withPrototypes } from "../../support/envelope_fixtures.ts";
import { SettableClock } from "../../support/settable_clock.ts";

const REQUEST = { id: "0".repeat(32), digest: "d".repeat(64) };
const HEAD = "e".repeat(64);

function signer(): ResultSigner {
  return new ResultSigner({
    identity: { name: "web1", key: bob },
    auditHead: () => HEAD,
    clock: new SettableClock(1_790_000_000_000),
  });
}

function opened(envelope: Uint8Array): Result {
  return withPrototypes(
    verifyEnvelope(envelope, { payloadType: resultType, keys: lookupOf(bob) }).body,
  ) as Result;
}

Deno.test("ResultSigner signs what was asked, what became of it, and the head of the log", () => {
  const results = signer();
  const figures: ResultFigures = { startMs: 1, endMs: 2, out: output, err: output };
  const exited: Outcome = { kind: "exited", code: 7 };
  assert.deepEqual(opened(results.sign(REQUEST, exited, figures)), {
    v: 1,
    id: REQUEST.id,
    request: REQUEST.digest,
    agent: "web1",
    seq: 0,
    outcome: exited,
    ...figures,
    auditHead: HEAD,
  });
  assert.equal(opened(results.sign(REQUEST, exited, figures)).seq, 1);
});

Deno.test("ResultSigner says of a command that did not run when that was", () => {
  const refused: Outcome = { kind: "refused", code: "expired", reason: "expired 3 s ago" };
  const { startMs, endMs, out, err } = opened(signer().sign(REQUEST, refused));
  assert.deepEqual([startMs, endMs], [1_790_000_000_000, 1_790_000_000_000]);
  assert.deepEqual([out.bytes, out.kept, err], [0, 0, out]);
});

Deno.test("ResultSigner shortens texts that are too long and mends those that are broken", () => {
  const texts = ["x".repeat(5_000), "é".repeat(2_000), "\u{1f600}".repeat(1_000), "a\0b", "\ud800"];
  for (const text of texts) {
    const outcomes: Outcome[] = [
      { kind: "refused", code: "busy", reason: text },
      { kind: "lost", reason: text },
      { kind: "allowed", rule: text, summary: text },
    ];
    for (const outcome of outcomes) {
      const said = opened(signer().sign(REQUEST, outcome)).outcome;
      assert.equal(said.kind, outcome.kind);
      const { kind: _kind, ...fields } = said;
      for (const value of Object.values(fields)) {
        assert.equal(new TextEncoder().encode(String(value)).length <= 1_024, true);
      }
    }
  }
  const exact = "x".repeat(1_024);
  const kept = opened(signer().sign(REQUEST, { kind: "lost", reason: exact })).outcome;
  assert.deepEqual(kept, { kind: "lost", reason: exact });
});

Deno.test("ResultSigner makes lost of what no result can say", () => {
  const strange: Outcome[] = [
    { kind: "exited", code: 256 },
    { kind: "exited", code: -1 },
    { kind: "signalled", signal: "" },
    { kind: "refused", code: "Not A Code", reason: "" },
  ];
  for (const outcome of strange) {
    const said = opened(signer().sign(REQUEST, outcome)).outcome;
    assert.ok(said.kind === "lost");
    assert.match(said.reason, /^cannot encode the result: /);
  }
  const figures = { startMs: -1, endMs: 0, out: output, err: output };
  assert.equal(opened(signer().sign(REQUEST, { kind: "timeout" }, figures)).outcome.kind, "lost");
});
