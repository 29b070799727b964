import { deepStrictEqual, match, strictEqual, throws } from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { concat, encodeUtf8 } from "../../../lib/base/bytes.ts";
import { cancelType } from "../../../lib/envelope/statements/directive.ts";
import {
  decodeEnvelope,
  encodeEnvelope,
  type Envelope,
  MAX_ENVELOPE_BYTES,
  preAuthEncoding,
} from "../../../lib/envelope/signing/dsse_envelope.ts";
import { EnvelopeError } from "../../../lib/envelope/errors.ts";
import { helloType } from "../../../lib/envelope/statements/session_statements.ts";
import {
  type KeyLookup,
  type Verified,
  verifyEnvelope,
} from "../../../lib/envelope/signing/verify_envelope.ts";
import type { PayloadType } from "../../../lib/envelope/signing/payload_type.ts";
import { type Request, requestType } from "../../../lib/envelope/statements/request.ts";
import { resultType } from "../../../lib/envelope/statements/result.ts";
import { signEnvelope } from "../../../lib/envelope/signing/sign_envelope.ts";
import { generateSecretKey, type SecretKey, sign } from "../../../lib/envelope/keys/secret_key.ts";
import {
  alice,
  anyRequest,
  assertEnvelopeError,
  bareRequest,
  bob,
  cancel,
  hello,
  lookupOf,
  mallory,
  request,
  result,
  resultOrRefusal,
  withPrototypes,
} from "../../support/envelope_fixtures.ts";

const sealed = signEnvelope(requestType, request, [alice]);

function openRequest(bytes: Uint8Array, keys: KeyLookup = lookupOf(alice)): Verified<Request> {
  return verifyEnvelope(bytes, { payloadType: requestType, keys });
}

/** Seals any bytes as anything. */
function forge(payload: Uint8Array, key: SecretKey, payloadType = requestType.name): Uint8Array {
  const sig = sign(key, preAuthEncoding(payloadType, payload));
  return encodeEnvelope({
    payloadType,
    payload,
    signatures: [{ keyid: key.publicKey.keyid, sig }],
  });
}

function alter(change: (envelope: Envelope) => Envelope, bytes: Uint8Array = sealed): Uint8Array {
  return encodeEnvelope(change(decodeEnvelope(bytes)));
}

Deno.test("open gives the body, its digest and its signers", () => {
  const verified = openRequest(sealed);
  deepStrictEqual(withPrototypes(verified.body), request);
  deepStrictEqual(verified.signers, [alice.publicKey]);
  const digest = createHash("sha256").update(JSON.stringify(request)).digest("hex");
  strictEqual(verified.digest, digest);
});

Deno.test("open gives back whatever was sealed", () => {
  fc.assert(
    fc.property(anyRequest, (any) => {
      deepStrictEqual(
        withPrototypes(openRequest(signEnvelope(requestType, any, [alice])).body),
        withPrototypes(any),
      );
    }),
    { numRuns: 200 },
  );
});

Deno.test("nothing but open can make a Verified", () => {
  const verified = openRequest(sealed);
  // @ts-expect-error: an object of the same shape is not verified
  const shaped: Verified<Request> = { body: request, digest: "", signers: [] };
  // @ts-expect-error: nor is a copy with another body
  const copied: Verified<Request> = { ...verified, body: bareRequest };
  strictEqual(shaped === verified || copied === verified, false);
  throws(() => Object.assign(verified, { body: bareRequest }), TypeError);
  deepStrictEqual(withPrototypes(verified.body), request);
});

Deno.test("open refuses an envelope with any one byte altered", () => {
  const minimal = signEnvelope(requestType, bareRequest, [alice]);
  const altered = minimal.slice();
  for (const [at, byte] of minimal.entries()) {
    for (const other of [byte ^ 1, byte ^ 0x20, 0x41, 0x22, 0]) {
      if (other === byte) continue;
      altered[at] = other;
      const opened = resultOrRefusal(() => openRequest(altered));
      strictEqual(opened instanceof EnvelopeError, true, `byte ${at} as ${other}`);
    }
    altered[at] = byte;
  }
  openRequest(altered);
});

Deno.test("open refuses an envelope that is cut, lengthened or doubled", () => {
  for (let length = 0; length < sealed.length; length += 7) {
    assertEnvelopeError("container", () => openRequest(sealed.subarray(0, length)));
    assertEnvelopeError("container", () => openRequest(sealed.subarray(sealed.length - length)));
  }
  assertEnvelopeError("container", () => openRequest(concat([sealed, Uint8Array.of(0x20)])));
  assertEnvelopeError("container", () => openRequest(concat([sealed, sealed])));
});

Deno.test("open of any bytes refuses", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
    strictEqual(resultOrRefusal(() => openRequest(bytes)) instanceof EnvelopeError, true);
  }));
});

Deno.test("open refuses each type on each other channel", () => {
  const keys = lookupOf(alice);
  const all: readonly (readonly [PayloadType<unknown>, Uint8Array])[] = [
    [requestType, sealed],
    [cancelType, signEnvelope(cancelType, cancel, [alice])],
    [resultType, signEnvelope(resultType, result, [alice])],
    [helloType, signEnvelope(helloType, hello, [alice])],
  ] as readonly (readonly [PayloadType<unknown>, Uint8Array])[];
  for (const [payloadType] of all) {
    for (const [sent, bytes] of all) {
      if (sent === payloadType) verifyEnvelope(bytes, { payloadType, keys });
      else assertEnvelopeError("type", () => verifyEnvelope(bytes, { payloadType, keys }));
    }
  }
});

Deno.test("open refuses a body that was signed as another type", () => {
  const payload = decodeEnvelope(sealed).payload;
  const asCancel = forge(payload, alice, cancelType.name);
  const relabelled = alter(
    (envelope) => ({ ...envelope, payloadType: requestType.name }),
    asCancel,
  );
  assertEnvelopeError("signature", () => openRequest(relabelled));
});

Deno.test("open refuses signatures over anything but the pre-authentication encoding", async (t) => {
  const { payload, payloadType } = decodeEnvelope(sealed);
  const signed: readonly (readonly [string, Uint8Array])[] = [
    ["the body alone", payload],
    ["type and body without lengths", concat([encodeUtf8(payloadType), payload])],
    ["the body's base64", encodeUtf8(payload.toBase64())],
    [
      "the border one byte later",
      concat([
        encodeUtf8(`DSSEv1 ${payloadType.length + 1} ${payloadType} `),
        payload,
      ]),
    ],
    ["another version", preAuthEncoding(payloadType, payload).with(5, 0x32)],
    ["the body's digest", createHash("sha256").update(payload).digest()],
  ];
  for (const [name, message] of signed) {
    await t.step(name, () => {
      const keyid = alice.publicKey.keyid;
      const sig = sign(alice, message);
      const forged = alter((envelope) => ({ ...envelope, signatures: [{ keyid, sig }] }));
      assertEnvelopeError("signature", () => openRequest(forged));
    });
  }
});

Deno.test("open refuses signatures of others under a known keyid", () => {
  const foreign = decodeEnvelope(signEnvelope(requestType, request, [mallory])).signatures;
  const claimed = foreign.map(({ sig }) => ({ keyid: alice.publicKey.keyid, sig }));
  assertEnvelopeError(
    "signature",
    () => openRequest(alter((envelope) => ({ ...envelope, signatures: claimed }))),
  );
  assertEnvelopeError(
    "unknown-signer",
    () => openRequest(signEnvelope(requestType, request, [mallory])),
  );
});

Deno.test("open refuses a known signature under another keyid", () => {
  const { signatures } = decodeEnvelope(sealed);
  const renamed = signatures.map(({ sig }) => ({ keyid: bob.publicKey.keyid, sig }));
  const bytes = alter((envelope) => ({ ...envelope, signatures: renamed }));
  assertEnvelopeError("unknown-signer", () => openRequest(bytes));
  assertEnvelopeError("signature", () => openRequest(bytes, lookupOf(alice, bob)));
});

Deno.test("open refuses a body put under the signature of another body", () => {
  const { payload } = decodeEnvelope(signEnvelope(requestType, bareRequest, [mallory]));
  assertEnvelopeError(
    "signature",
    () => openRequest(alter((envelope) => ({ ...envelope, payload }))),
  );
});

Deno.test("open counts distinct keys, not signatures or names", () => {
  const [own] = decodeEnvelope(sealed).signatures;
  const twice = alter((envelope) => ({
    ...envelope,
    signatures: [...envelope.signatures, ...envelope.signatures],
  }));
  deepStrictEqual(openRequest(twice).signers, [alice.publicKey]);

  const nickname = "f".repeat(64);
  const renamed = alter((envelope) => ({
    ...envelope,
    signatures: [...envelope.signatures, { keyid: nickname, sig: own?.sig ?? new Uint8Array() }],
  }));
  const lenient: KeyLookup = (keyid) =>
    keyid === nickname ? alice.publicKey : lookupOf(alice)(keyid);
  deepStrictEqual(openRequest(renamed, lenient).signers, [alice.publicKey]);

  const both = signEnvelope(requestType, request, [alice, bob]);
  deepStrictEqual(openRequest(both, lookupOf(alice, bob)).signers, [
    alice.publicKey,
    bob.publicKey,
  ]);
  deepStrictEqual(openRequest(both, lookupOf(bob)).signers, [bob.publicKey]);
});

Deno.test("open finds one good signature among seven others", () => {
  const strangers = Array.from({ length: 6 }, () => generateSecretKey(""));
  const bytes = signEnvelope(requestType, request, [...strangers, alice]);
  const forged = alter((envelope) => ({
    ...envelope,
    signatures: [
      { keyid: bob.publicKey.keyid, sig: new Uint8Array(64) },
      ...envelope.signatures,
    ],
  }), bytes);
  deepStrictEqual(openRequest(forged, lookupOf(alice, bob)).signers, [alice.publicKey]);
});

Deno.test("open looks up no more than eight keys", () => {
  const wrong = { keyid: alice.publicKey.keyid, sig: new Uint8Array(64) };
  let lookups = 0;
  const counting: KeyLookup = () => {
    lookups++;
    return alice.publicKey;
  };
  const eight = alter((envelope) => ({ ...envelope, signatures: new Array(8).fill(wrong) }));
  assertEnvelopeError("signature", () => openRequest(eight, counting));
  strictEqual(lookups, 8);
  const nine = new TextDecoder().decode(eight).replace(
    '"signatures":[',
    `"signatures":[{"keyid":"${wrong.keyid}","sig":"${wrong.sig.toBase64()}"},`,
  );
  assertEnvelopeError("container", () => openRequest(encodeUtf8(nine), counting));
  strictEqual(lookups, 8);
});

Deno.test("open checks size, container, type, key, signature and body in this order", () => {
  const badBody = encodeUtf8("{}");
  const wrong = { keyid: alice.publicKey.keyid, sig: new Uint8Array(64) };
  const unknown = forge(badBody, mallory, cancelType.name);
  let asked = 0;
  const counting: KeyLookup = (keyid) => {
    asked++;
    return lookupOf(alice)(keyid);
  };
  const ask = (bytes: Uint8Array) => openRequest(bytes, counting);

  match(
    assertEnvelopeError("container", () => ask(new Uint8Array(MAX_ENVELOPE_BYTES + 1))),
    /longer than/,
  );
  assertEnvelopeError("container", () => ask(unknown.subarray(1)));
  assertEnvelopeError("type", () => ask(unknown));
  strictEqual(asked, 0);
  assertEnvelopeError("unknown-signer", () => ask(forge(badBody, mallory)));
  assertEnvelopeError(
    "signature",
    () => ask(alter((envelope) => ({ ...envelope, signatures: [wrong] }), forge(badBody, alice))),
  );
  assertEnvelopeError("body", () => ask(forge(badBody, alice)));
});

Deno.test("open refuses a body with a second spelling, though it is signed", async (t) => {
  const body = JSON.stringify(bareRequest);
  openRequest(forge(encodeUtf8(body), alice));
  const hostile: readonly (readonly [string, string])[] = [
    ["space", body.replace(":", ": ")],
    ["line end", body + "\n"],
    ["duplicate key", body.replace('{"v":1', '{"v":1,"v":1')],
    ["duplicate id", body.replace("{", `{"id":"${"0".repeat(32)}",`)],
    ["__proto__", body.replace("{", '{"__proto__":{},')],
    ["1e0", body.replace('"v":1', '"v":1e0')],
    ["1.0", body.replace('"v":1', '"v":1.0')],
    ["escaped letter", body.replace("uptime", "\\u0075ptime")],
    ["byte order mark", "\ufeff" + body],
  ];
  for (const [name, text] of hostile) {
    await t.step(
      name,
      () => void assertEnvelopeError("body", () => openRequest(forge(encodeUtf8(text), alice))),
    );
  }
});
