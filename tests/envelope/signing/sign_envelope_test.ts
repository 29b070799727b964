import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { decodeUtf8 } from "../../../lib/base/bytes.ts";
import { cancelType } from "../../../lib/envelope/statements/directive.ts";
import {
  decodeEnvelope,
  encodeEnvelope,
  preAuthEncoding,
} from "../../../lib/envelope/signing/dsse_envelope.ts";
import { verifyEnvelope } from "../../../lib/envelope/signing/verify_envelope.ts";
import { verifySignature } from "../../../lib/envelope/keys/public_key.ts";
import { requestType } from "../../../lib/envelope/statements/request.ts";
import { cosign, signEnvelope } from "../../../lib/envelope/signing/sign_envelope.ts";
import { generateSecretKey } from "../../../lib/envelope/keys/secret_key.ts";
import vectors from "../../vectors/dsse_envelope.json" with { type: "json" };
import {
  alice,
  assertEnvelopeError,
  bareRequest,
  bob,
  lookupOf,
  request,
  withPrototypes,
} from "../../support/envelope_fixtures.ts";

Deno.test("signEnvelope signs the pre-authentication encoding with every key, in order", () => {
  const envelope = decodeEnvelope(signEnvelope(requestType, request, [bob, alice]));
  strictEqual(envelope.payloadType, "application/vnd.nanoexec.request.v1+json");
  strictEqual(decodeUtf8(envelope.payload), JSON.stringify(request));
  const message = preAuthEncoding(envelope.payloadType, envelope.payload);
  deepStrictEqual(
    envelope.signatures.map(({ keyid }) => keyid),
    [bob.publicKey.keyid, alice.publicKey.keyid],
  );
  for (const [index, key] of [bob, alice].entries()) {
    const signature = envelope.signatures[index]?.sig ?? new Uint8Array();
    strictEqual(verifySignature(key.publicKey, { message, signature }), true);
  }
});

Deno.test("signEnvelope writes the same bytes as ever", () => {
  strictEqual(decodeUtf8(signEnvelope(requestType, request, [alice])), vectors.request);
  strictEqual(
    decodeUtf8(signEnvelope(requestType, bareRequest, [alice, bob])),
    vectors.cosignedRequest,
  );
});

Deno.test("signEnvelope refuses a body that nobody would accept, and no or nine keys", () => {
  assertEnvelopeError(
    "body",
    () => signEnvelope(requestType, { ...request, timeoutMs: 0 }, [alice]),
  );
  assertEnvelopeError("container", () => signEnvelope(requestType, request, []));
  const nine = Array.from({ length: 9 }, () => generateSecretKey(""));
  assertEnvelopeError("container", () => signEnvelope(requestType, request, nine));
  signEnvelope(requestType, request, nine.slice(1));
});

Deno.test("cosign adds a signature that counts", () => {
  const single = signEnvelope(requestType, request, [alice]);
  const double = cosign(single, { payloadType: requestType, key: bob });
  deepStrictEqual(double, signEnvelope(requestType, request, [alice, bob]));
  const { signers, body } = verifyEnvelope(double, {
    payloadType: requestType,
    keys: lookupOf(alice, bob),
  });
  deepStrictEqual(signers, [alice.publicKey, bob.publicKey]);
  deepStrictEqual(withPrototypes(body), request);
});

Deno.test("cosign by a key that has signed changes nothing", () => {
  const single = signEnvelope(requestType, request, [alice]);
  strictEqual(cosign(single, { payloadType: requestType, key: alice }), single);
});

Deno.test("cosign refuses a ninth signature", () => {
  const eight = Array.from({ length: 8 }, () => generateSecretKey(""));
  const full = signEnvelope(requestType, request, eight);
  const message = assertEnvelopeError(
    "container",
    () => cosign(full, { payloadType: requestType, key: alice }),
  );
  match(message, /8 signatures already/);
});

Deno.test("cosign signs nothing but a body of the expected type", () => {
  const envelope = decodeEnvelope(signEnvelope(requestType, request, [alice]));
  const key = bob;
  assertEnvelopeError(
    "type",
    () => cosign(encodeEnvelope(envelope), { payloadType: cancelType, key }),
  );
  const broken = encodeEnvelope({ ...envelope, payload: Uint8Array.of(0x7b, 0x7d) });
  assertEnvelopeError("body", () => cosign(broken, { payloadType: requestType, key }));
  assertEnvelopeError(
    "container",
    () => cosign(new Uint8Array(9), { payloadType: requestType, key }),
  );
});
