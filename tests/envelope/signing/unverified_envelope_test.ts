import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { cancelType } from "../../../lib/envelope/statements/directive.ts";
import { decodeEnvelope, encodeEnvelope } from "../../../lib/envelope/signing/dsse_envelope.ts";
import { verifyEnvelope } from "../../../lib/envelope/signing/verify_envelope.ts";
import { readUnverified } from "../../../lib/envelope/signing/unverified_envelope.ts";
import { requestType } from "../../../lib/envelope/statements/request.ts";
import { signEnvelope } from "../../../lib/envelope/signing/sign_envelope.ts";
import {
  alice,
  assertEnvelopeError,
  bob,
  lookupOf,
  request,
  withPrototypes,
} from "../../support/envelope_fixtures.ts";

const sealed = signEnvelope(requestType, request, [alice, bob]);

Deno.test("readUnverified reads what open would, without a key", () => {
  const { claimed, digest, keyids } = readUnverified(sealed, requestType);
  deepStrictEqual(withPrototypes(claimed), request);
  strictEqual(
    digest,
    verifyEnvelope(sealed, { payloadType: requestType, keys: lookupOf(bob) }).digest,
  );
  deepStrictEqual(keyids, [alice.publicKey.keyid, bob.publicKey.keyid]);
});

Deno.test("readUnverified verifies no signature, but the form", () => {
  const envelope = decodeEnvelope(sealed);
  const forged = [{ keyid: "0".repeat(64), sig: new Uint8Array(64) }];
  readUnverified(encodeEnvelope({ ...envelope, signatures: forged }), requestType);
  assertEnvelopeError("type", () => readUnverified(sealed, cancelType));
  assertEnvelopeError("container", () => readUnverified(sealed.subarray(1), requestType));
  const payload = Uint8Array.of(0x7b, 0x7d);
  assertEnvelopeError(
    "body",
    () => readUnverified(encodeEnvelope({ ...envelope, payload }), requestType),
  );
});
