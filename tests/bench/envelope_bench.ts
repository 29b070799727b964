/**
 * What sealing and opening cost. Goal: `verifyEnvelope()` of a typical request within 100 µs.
 *
 *     deno bench tests/bench/envelope_bench.ts
 *
 * @module
 */

import { verify } from "node:crypto";
import { decodeEnvelope, preAuthEncoding } from "../../lib/envelope/signing/dsse_envelope.ts";
import { verifyEnvelope } from "../../lib/envelope/signing/verify_envelope.ts";
import { decodeBody } from "../../lib/envelope/signing/payload_type.ts";
import { readUnverified } from "../../lib/envelope/signing/unverified_envelope.ts";
import { type Request, requestType } from "../../lib/envelope/statements/request.ts";
import { signEnvelope } from "../../lib/envelope/signing/sign_envelope.ts";
import { generateSecretKey } from "../../lib/envelope/keys/secret_key.ts";

const key = generateSecretKey("bench");
const request: Request = {
  v: 1,
  id: "00112233445566778899aabbccddeeff",
  issued: 1_790_000_000_000,
  expires: 1_790_000_300_000,
  target: "web[01-20],db[1-3]",
  run: { kind: "argv", argv: ["/usr/bin/systemctl", "restart", "nginx"] },
  user: "root",
  env: { LANG: "C.UTF-8" },
  timeoutMs: 60_000,
  maxOutput: 65_536,
  mode: "run",
  survive: false,
  note: "after the certificate was renewed",
};
const envelope = signEnvelope(requestType, request, [key]);
const cosigned = signEnvelope(
  requestType,
  request,
  Array.from({ length: 8 }, () => generateSecretKey("")),
);
const largeRequest: Request = { ...request, stdin: new Uint8Array(65_536).toBase64() };
const large = signEnvelope(requestType, largeRequest, [key]);
const { payload, payloadType, signatures } = decodeEnvelope(envelope);
const message = preAuthEncoding(payloadType, payload);
const signature = signatures[0]?.sig ?? new Uint8Array();
const webKey = await crypto.subtle.importKey(
  "raw",
  Uint8Array.fromBase64(key.publicKey.base64),
  "Ed25519",
  false,
  ["verify"],
);
const webSignature = Uint8Array.from(signature);

function keys(keyid: string) {
  return keyid === key.publicKey.keyid ? key.publicKey : undefined;
}

Deno.bench({
  name: `open() a request of ${payload.length} bytes`,
  group: "open",
  baseline: true,
  fn: () => void verifyEnvelope(envelope, { payloadType: requestType, keys }),
});

Deno.bench({
  name: "open() one with 64 KiB of stdin",
  group: "open",
  fn: () => void verifyEnvelope(large, { payloadType: requestType, keys }),
});

Deno.bench({
  name: "open() one signed by eight unknown keys",
  group: "open",
  fn: () => {
    try {
      verifyEnvelope(cosigned, { payloadType: requestType, keys });
    } catch {
      // refused, as it should be
    }
  },
});

Deno.bench({
  name: "peek(): everything but the signature",
  group: "open",
  fn: () => void readUnverified(envelope, requestType),
});

Deno.bench({
  name: "decodeEnvelope() alone",
  group: "open",
  fn: () => void decodeEnvelope(envelope),
});

Deno.bench({
  name: "decodeBody() alone",
  group: "open",
  fn: () => void decodeBody(payload, requestType),
});

Deno.bench({
  name: "node:crypto verify",
  group: "verify",
  baseline: true,
  fn: () => void verify(null, message, key.publicKey.handle, signature),
});

Deno.bench({
  name: "crypto.subtle verify",
  group: "verify",
  fn: async () => void await crypto.subtle.verify("Ed25519", webKey, webSignature, message),
});

Deno.bench({
  name: "seal() a request",
  group: "seal",
  baseline: true,
  fn: () => void signEnvelope(requestType, request, [key]),
});
