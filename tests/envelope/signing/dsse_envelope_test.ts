import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { decodeUtf8, encodeUtf8 } from "../../../lib/base/bytes.ts";
import {
  decodeEnvelope,
  encodeEnvelope,
  type Envelope,
  MAX_BODY_BYTES,
  MAX_ENVELOPE_BYTES,
  type Signature,
} from "../../../lib/envelope/signing/dsse_envelope.ts";
import { EnvelopeError } from "../../../lib/envelope/errors.ts";
import { assertEnvelopeError, resultOrRefusal } from "../../support/envelope_fixtures.ts";

const signature: Signature = { keyid: "ab".repeat(32), sig: new Uint8Array(64).fill(7) };
const envelope: Envelope = {
  payloadType: "text/plain",
  payload: encodeUtf8("hello world"),
  signatures: [signature],
};

const PAYLOAD = '"payload":"aGVsbG8gd29ybGQ="';
const TYPE = '"payloadType":"text/plain"';
const KEYID = `"keyid":"${"ab".repeat(32)}"`;
const SIG = `"sig":"${"BwcH".repeat(21)}Bw=="`;
const ONE = `{${KEYID},${SIG}}`;

function text(...fields: readonly string[]): string {
  return `{${fields.join(",")}}`;
}

function signatures(...items: readonly string[]): string {
  return `"signatures":[${items.join(",")}]`;
}

Deno.test("encodeEnvelope writes DSSE's JSON", () => {
  const expected = text(PAYLOAD, TYPE, signatures(ONE));
  strictEqual(decodeUtf8(encodeEnvelope(envelope)), expected);
  deepStrictEqual(decodeEnvelope(encodeUtf8(expected)), envelope);
});

Deno.test("decodeEnvelope refuses every other form", async (t) => {
  const all = signatures(ONE);
  const hostile: readonly (readonly [string, string])[] = [
    ["empty", ""],
    ["null", "null"],
    ["list", "[]"],
    ["no signatures", text(PAYLOAD, TYPE, signatures())],
    ["nine signatures", text(PAYLOAD, TYPE, signatures(...new Array(9).fill(ONE)))],
    ["255 signatures", text(PAYLOAD, TYPE, signatures(...new Array(255).fill(ONE)))],
    ["signatures as object", text(PAYLOAD, TYPE, `"signatures":${ONE}`)],
    ["signature as text", text(PAYLOAD, TYPE, signatures('"AAAA"'))],
    ["empty type", text(PAYLOAD, '"payloadType":""', all)],
    ["type of 101 characters", text(PAYLOAD, `"payloadType":"${"a".repeat(101)}"`, all)],
    ["type with a space", text(PAYLOAD, '"payloadType":"text/plain "', all)],
    ["type with a foreign letter", text(PAYLOAD, '"payloadType":"te\u0445t/plain"', all)],
    ["type with a line end", text(PAYLOAD, '"payloadType":"text/plain\\n"', all)],
    ["empty payload", text('"payload":""', TYPE, all)],
    ["payload without padding", text('"payload":"aGVsbG8gd29ybGQ"', TYPE, all)],
    ["payload with unused bits", text('"payload":"aGVsbG8gd29ybGR="', TYPE, all)],
    ["payload with a space", text('"payload":"aGVsbG8g d29ybGQ="', TYPE, all)],
    ["URL-safe payload", text('"payload":"_w=="', TYPE, all)],
    ["payload as number", text('"payload":1', TYPE, all)],
    ["no payload", text(TYPE, all)],
    ["no type", text(PAYLOAD, all)],
    ["no list of signatures", text(PAYLOAD, TYPE)],
    ["duplicate payload", text('"payload":"AAAA"', PAYLOAD, TYPE, all)],
    ["duplicate type", text(PAYLOAD, TYPE, TYPE, all)],
    ["duplicate signatures", text(PAYLOAD, TYPE, all, all)],
    ["duplicate keyid", text(PAYLOAD, TYPE, signatures(`{${KEYID},${KEYID},${SIG}}`))],
    ["unknown field", text(PAYLOAD, TYPE, all, '"extra":1')],
    ["unknown field in a signature", text(PAYLOAD, TYPE, signatures(`{${KEYID},${SIG},"x":1}`))],
    ["__proto__", text(PAYLOAD, TYPE, all, '"__proto__":{}')],
    ["other order", text(TYPE, PAYLOAD, all)],
    ["other order in a signature", text(PAYLOAD, TYPE, signatures(`{${SIG},${KEYID}}`))],
    ["no keyid", text(PAYLOAD, TYPE, signatures(`{${SIG}}`))],
    ["empty keyid", text(PAYLOAD, TYPE, signatures(`{"keyid":"",${SIG}}`))],
    ["upper-case keyid", text(PAYLOAD, TYPE, signatures(`{"keyid":"${"AB".repeat(32)}",${SIG}}`))],
    ["short keyid", text(PAYLOAD, TYPE, signatures(`{"keyid":"${"ab".repeat(31)}",${SIG}}`))],
    ["no sig", text(PAYLOAD, TYPE, signatures(`{${KEYID}}`))],
    ["sig of 63 bytes", text(PAYLOAD, TYPE, signatures(`{${KEYID},"sig":"${"BwcH".repeat(21)}"}`))],
    [
      "sig of 65 bytes",
      text(PAYLOAD, TYPE, signatures(`{${KEYID},"sig":"${"BwcH".repeat(21)}BwA="}`)),
    ],
    ["space behind", text(PAYLOAD, TYPE, all) + " "],
    ["line end behind", text(PAYLOAD, TYPE, all) + "\n"],
    ["NUL behind", text(PAYLOAD, TYPE, all) + "\0"],
    ["two envelopes", text(PAYLOAD, TYPE, all).repeat(2)],
    ["spaces within", text(PAYLOAD, TYPE, all).replaceAll(",", ", ")],
    ["byte order mark", "\ufeff" + text(PAYLOAD, TYPE, all)],
  ];
  for (const [name, input] of hostile) {
    await t.step(
      name,
      () => void assertEnvelopeError("container", () => decodeEnvelope(encodeUtf8(input))),
    );
  }
});

Deno.test(
  "decodeEnvelope refuses an envelope that is cut anywhere",
  () => {
    const whole = encodeEnvelope(envelope);
    for (let length = 0; length < whole.length; length++) {
      assertEnvelopeError("container", () => decodeEnvelope(whole.subarray(0, length)));
    }
  },
);

Deno.test("the longest envelope holds the longest body and eight signatures", () => {
  const longest: Envelope = {
    payloadType: "a".repeat(100),
    payload: new Uint8Array(MAX_BODY_BYTES),
    signatures: Array.from({ length: 8 }, () => signature),
  };
  const bytes = encodeEnvelope(longest);
  strictEqual(bytes.length <= MAX_ENVELOPE_BYTES, true);
  deepStrictEqual(decodeEnvelope(bytes), longest);
  const larger = { ...longest, payload: new Uint8Array(MAX_BODY_BYTES + 1) };
  assertEnvelopeError("container", () => encodeEnvelope(larger));
});

Deno.test("decodeEnvelope refuses by length before it reads", () => {
  const message = assertEnvelopeError(
    "container",
    () => decodeEnvelope(new Uint8Array(MAX_ENVELOPE_BYTES + 1).fill(0xff)),
  );
  strictEqual(message, `envelope is longer than ${MAX_ENVELOPE_BYTES} bytes`);
});

Deno.test("encodeEnvelope refuses what decodeEnvelope would", () => {
  assertEnvelopeError("container", () => encodeEnvelope({ ...envelope, signatures: [] }));
  assertEnvelopeError("container", () => encodeEnvelope({ ...envelope, payloadType: "a b" }));
  const short = { ...signature, sig: new Uint8Array(63) };
  assertEnvelopeError("container", () => encodeEnvelope({ ...envelope, signatures: [short] }));
});

const anyEnvelope: fc.Arbitrary<Envelope> = fc.record({
  payloadType: fc.stringMatching(/^[!-~]{1,100}$/),
  payload: fc.uint8Array({ minLength: 1, maxLength: 200 }),
  signatures: fc.array(
    fc.record({
      keyid: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => bytes.toHex()),
      sig: fc.uint8Array({ minLength: 64, maxLength: 64 }),
    }, { noNullPrototype: true }),
    { minLength: 1, maxLength: 8 },
  ),
}, { noNullPrototype: true });

Deno.test("encodeEnvelope and decodeEnvelope are inverse", () => {
  fc.assert(fc.property(anyEnvelope, (any) => {
    const bytes = encodeEnvelope(any);
    deepStrictEqual(decodeEnvelope(bytes), any);
    deepStrictEqual(encodeEnvelope(decodeEnvelope(bytes)), bytes);
  }));
});

Deno.test("decodeEnvelope of altered bytes gives those bytes back or refuses", () => {
  const whole = encodeEnvelope(envelope);
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
      const altered = whole.slice();
      altered[at] = byte;
      const read = resultOrRefusal(() => decodeEnvelope(altered));
      if (!(read instanceof EnvelopeError)) deepStrictEqual(encodeEnvelope(read), altered);
    }),
    { numRuns: 2_000 },
  );
});
