import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { cancelType } from "../../../lib/envelope/statements/directive.ts";
import { decodeEnvelope } from "../../../lib/envelope/signing/dsse_envelope.ts";
import { verifyEnvelope } from "../../../lib/envelope/signing/verify_envelope.ts";
import { readUnverified } from "../../../lib/envelope/signing/unverified_envelope.ts";
import { requestType } from "../../../lib/envelope/statements/request.ts";
import { decodeSecrets } from "../../../lib/envelope/statements/secrets.ts";
import { encodeHubMessage } from "../../../lib/protocol/agent/messages.ts";
import { parseTarget, printTarget } from "../../../lib/nodeset/mod.ts";
import {
  prepareRequest,
  prepareSigned,
  prepareUnsigned,
  type RequestSpec,
  signedCancel,
} from "../../../lib/trigger/requests/submission.ts";
import { alice, assertEnvelopeError, bob, lookupOf } from "../../support/envelope_fixtures.ts";

const wish: RequestSpec = {
  target: parseTarget("web2,web1,web[3-4] and os=linux"),
  lifeMs: 60_000,
  run: { kind: "argv", argv: ["uptime"] },
  timeoutMs: 5_000,
  mode: "run",
};

function envelopeOf({ message }: ReturnType<typeof prepareRequest>): Uint8Array {
  assert.ok(message.kind === "sealed");
  return message.envelope;
}

Deno.test("signedOrder signs what was wished, with all keys", () => {
  const before = Date.now();
  const order = prepareRequest(wish, [alice, bob]);
  const { body, digest, signers } = verifyEnvelope(envelopeOf(order), {
    payloadType: requestType,
    keys: lookupOf(alice, bob),
  });
  assert.deepEqual([order.id, order.digest], [body.id, digest]);
  assert.deepEqual(signers.map(({ keyid }) => keyid).sort(), [
    ...[alice, bob].map(({ publicKey }) => publicKey.keyid).sort(),
  ]);
  assert.ok(body.issued >= before && body.issued <= Date.now());
  assert.equal(body.expires, body.issued + 60_000);
  assert.equal(body.target, printTarget(wish.target));
  assert.deepEqual([...Object.keys(body.run)], ["kind", "argv"]);
  assert.equal(body.survive, false);
});

Deno.test("signedOrder makes a new id each time", () => {
  const ids = new Set(Array.from({ length: 100 }, () => prepareRequest(wish, [alice]).id));
  assert.equal(ids.size, 100);
});

Deno.test("signedOrder gives the agent time to say how it ended", () => {
  assert.equal(prepareRequest(wish, [alice]).runMs, 35_000);
  const spread = prepareRequest({ ...wish, splayMs: 10_000 }, [alice]);
  assert.equal(spread.runMs, 45_000);
  const { claimed: { issued, expires } } = readUnverified(envelopeOf(spread), requestType);
  assert.equal(expires - issued, 70_000);
});

Deno.test("signedOrder refuses a wish that no agent would take", () => {
  assertEnvelopeError(
    "body",
    () => prepareRequest({ ...wish, run: { kind: "argv", argv: [] } }, [alice]),
  );
  assertEnvelopeError("body", () => prepareRequest({ ...wish, timeoutMs: 0 }, [alice]));
  assertEnvelopeError("container", () => prepareRequest(wish, []));
});

Deno.test("savedOrder orders the very bytes that were signed", () => {
  const signed = prepareRequest(wish, [alice]);
  const saved = prepareSigned({ envelope: envelopeOf(signed) });
  assert.deepEqual(saved, signed);
  assert.equal(saved.digest, hash("sha256", decodeEnvelope(envelopeOf(saved)).payload, "hex"));
});

Deno.test("savedOrder refuses what is no request", () => {
  assertEnvelopeError("container", () => prepareSigned({ envelope: new Uint8Array() }));
  assertEnvelopeError(
    "container",
    () => prepareSigned({ envelope: envelopeOf(prepareRequest(wish, [alice])).subarray(1) }),
  );
});

Deno.test("signedCancel names the job, and counts for a minute", () => {
  const before = Date.now();
  const job = "a".repeat(32);
  const message = signedCancel({ job, target: parseTarget("web[1-2]") }, alice);
  assert.ok(message.kind === "sealed");
  const { body } = verifyEnvelope(message.envelope, {
    payloadType: cancelType,
    keys: lookupOf(alice),
  });
  assert.deepEqual([body.job, body.target], [job, "web[1-2]"]);
  assert.notEqual(body.id, job);
  assert.ok(body.issued >= before && body.issued <= Date.now());
  assert.equal(body.expires, body.issued + 60_000);
});

Deno.test("unsignedOrder holds the command, and the digest that agents report", () => {
  const order = prepareUnsigned({ host: "web1", command: "echo a:b" });
  assert.deepEqual(order.message, {
    kind: "unsigned",
    id: order.id,
    host: "web1",
    command: "echo a:b",
  });
  assert.equal(order.digest, hash("sha256", "web1:echo a:b", "hex"));
});

Deno.test("unsignedOrder refuses what the first program's wire cannot carry", () => {
  for (const [host, command] of [["", "x"], ["a:b", "x"], ["a", "x\0y"], ["a\0", "x"]] as const) {
    assertEnvelopeError("legacy", () => prepareUnsigned({ host, command }));
  }
});

Deno.test("unsignedOrder makes only what can be sent", () => {
  for (const letter of ["x", '"', "\n", "\x01", "é", "\u{1f600}"]) {
    const command = letter.repeat(131_072 / new TextEncoder().encode(letter).length);
    assert.ok(
      encodeHubMessage(prepareUnsigned({ host: "web1", command }).message).length > 131_072,
    );
  }
  assertEnvelopeError(
    "body",
    () => prepareUnsigned({ host: "web1", command: "x".repeat(131_073) }),
  );
  assertEnvelopeError("body", () => prepareUnsigned({ host: "a".repeat(254), command: "x" }));
});

Deno.test("signedOrder keeps secrets out of the envelope", () => {
  const secrets = { DB: "hunter2-DB", PW: "hunter2-PW" };
  const { message } = prepareRequest({ ...wish, secrets }, [alice]);
  assert.ok(message.kind === "sealed" && message.secrets);
  const { claimed } = readUnverified(message.envelope, requestType);
  assert.ok(claimed.secrets);
  assert.deepEqual({ ...decodeSecrets(message.secrets, claimed.secrets) }, secrets);
  const payload = new TextDecoder().decode(decodeEnvelope(message.envelope).payload);
  assert.doesNotMatch(payload, /hunter2/);
  const rehearsal = prepareRequest({ ...wish, mode: "check", secrets }, [alice]).message;
  assert.ok(rehearsal.kind === "sealed" && rehearsal.secrets === undefined);
});
