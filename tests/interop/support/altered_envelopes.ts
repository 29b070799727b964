/**
 * Requests, sealed well and badly, for comparing verifiers.
 * @module
 */

import fc from "fast-check";
import { concat, encodeUtf8 } from "../../../lib/base/bytes.ts";
import {
  MAX_BODY_BYTES,
  MAX_ENVELOPE_BYTES,
  preAuthEncoding,
} from "../../../lib/envelope/signing/dsse_envelope.ts";
import { requestType } from "../../../lib/envelope/statements/request.ts";
import { type SecretKey, sign } from "../../../lib/envelope/keys/secret_key.ts";
import {
  alice,
  anyRequest,
  bareRequest,
  bob,
  mallory,
  request,
} from "../../support/envelope_fixtures.ts";

interface Parts {
  readonly body: string;
  readonly payloadType: string;
  readonly signers: readonly SecretKey[];
}

/** An envelope that is well-formed and rightly signed, whatever its body. */
function box({ body, payloadType, signers }: Parts): string {
  const payload = encodeUtf8(body);
  const message = preAuthEncoding(payloadType, payload);
  const signatures = signers.map((key) => ({
    keyid: key.publicKey.keyid,
    sig: sign(key, message).toBase64(),
  }));
  return JSON.stringify({ payload: payload.toBase64(), payloadType, signatures });
}

const anySigners = fc.array(fc.constantFrom(alice, bob, mallory), { minLength: 1, maxLength: 8 });
const anyBody = fc.oneof(
  fc.constantFrom(JSON.stringify(request), JSON.stringify(bareRequest)),
  anyRequest.map((any) => JSON.stringify({ ...any, env: {} })),
);
const anyBox = fc.record({
  body: anyBody,
  payloadType: fc.constant(requestType.name),
  signers: anySigners,
}).map(box);

/** Values that some field of a body allows, nearly allows, or should never meet. */
const strangeValue = fc.oneof(
  fc.constantFrom<unknown>(0, 1, -1, 0.5, 3_600_000, 3_600_001, 16_777_216, 16_777_217),
  fc.constantFrom<unknown>(2 ** 53 - 1, 2 ** 53, 1e300, true, false, null, "", "\0", "\ud800"),
  fc.constantFrom<unknown>("run", "check", "root", "-1", "a$", "/", "/tmp", "tmp", "QQ==", "QR=="),
  fc.constantFrom<unknown>({}, [], { A: "x" }, { a: "x" }, { A: 1 }, { B: "", A: "" }),
  fc.constantFrom<unknown>({ kind: "argv", argv: [] }, { kind: "argv", argv: ["a", ""] }),
  fc.constantFrom<unknown>({ kind: "argv", argv: [""] }, { kind: "shell", command: "" }),
  fc.constantFrom<unknown>({ kind: "shell", command: "x" }, { command: "x", kind: "shell" }),
  fc.constantFrom<unknown>("a".repeat(200), "a".repeat(201), "é".repeat(100), "é".repeat(101)),
  fc.constantFrom<unknown>("0".repeat(32), "A".repeat(32), "a".repeat(131_072)),
  fc.jsonValue(),
);

/** Fields; not the target, whose grammar the script does not know. */
const fieldName = fc.constantFrom(
  ...Object.keys(request).filter((name) => name !== "target"),
  "__proto__",
  "constructor",
  "x",
);

/** A body that is signed, with a field replaced, added, doubled, dropped or spelled differently. */
const strangeBody = fc.oneof(
  fc.tuple(anyBody, fieldName, strangeValue).map(([body, name, value]) =>
    JSON.stringify(Object.defineProperty(JSON.parse(body), name, { value, enumerable: true }))
  ),
  fc.tuple(anyBody, fieldName, strangeValue).map(([body, name, value]) =>
    body.replace(/}$/, `,${JSON.stringify(name)}:${JSON.stringify(value)}}`)
  ),
  fc.tuple(anyBody, fieldName).map(([body, name]) => {
    const { [name]: _, ...rest } = JSON.parse(body);
    return JSON.stringify(rest);
  }),
  fc.tuple(anyBody, fc.nat(400), fc.constantFrom(" ", "\n", "\\u0061", "0", ".0", "e0", ",", "}"))
    .map(([body, at, text]) => body.slice(0, at) + text + body.slice(at)),
  fc.constantFrom("{}", "null", "[", "1", '""', "\ufeff{}"),
);
const strangeBox = fc.record({
  body: strangeBody.filter(keepsTarget),
  payloadType: fc.constant(requestType.name),
  signers: anySigners,
}).map(box);

const strangeType = fc.record({
  body: anyBody,
  payloadType: fc.constantFrom(
    requestType.name.toUpperCase(),
    requestType.name + "x",
    requestType.name.replace("request", "result"),
    "a",
    "a b",
    "é",
    "",
  ),
  signers: anySigners,
}).map(box);

type WireSignature = { keyid: string; sig: string };

/** Signatures moved, doubled, renamed, emptied, or too many. */
const strangeSignatures = fc.tuple(
  anyBox,
  anyBox,
  fc.constantFrom<(own: WireSignature[], other: WireSignature[]) => unknown>(
    (own) => [...own, ...own],
    (own) => own.toReversed(),
    (_, other) => other,
    (own, other) => [...own, ...other],
    (own) => own.map(({ sig }) => ({ keyid: bob.publicKey.keyid, sig })),
    (own) => own.map(({ keyid }) => ({ keyid, sig: new Uint8Array(64).toBase64() })),
    (own) => own.map(({ keyid, sig }) => ({ sig, keyid })),
    (own) => own.map(({ keyid, sig }) => ({ keyid: keyid.toUpperCase(), sig })),
    (own) => own.map(({ keyid, sig }) => ({ keyid, sig: sig.slice(0, -2) })),
    (own) => own.map(({ keyid, sig }) => ({ keyid, sig: addL(sig) })),
    () => [],
    () => null,
  ),
).map(([own, other, change]) => {
  const wire = JSON.parse(own);
  return JSON.stringify({
    ...wire,
    signatures: change(wire.signatures, JSON.parse(other).signatures),
  });
});

/** Bytes flipped, put in, taken out, moved, cut off or added. */
const strangeBytes = fc.tuple(
  anyBox.map(encodeUtf8),
  fc.nat(),
  fc.nat(),
  fc.integer({ min: 0, max: 255 }),
  fc.constantFrom("flip", "replace", "insert", "remove", "cut", "move", "double", "append"),
).map(([bytes, first, second, byte, kind]): Uint8Array => {
  const at = first % bytes.length;
  const to = second % bytes.length;
  const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (kind) {
    case "flip":
      return bytes.with(at, (bytes[at] ?? 0) ^ (1 << (byte % 8)));
    case "replace":
      return bytes.with(at, byte);
    case "insert":
      return concat([head, Uint8Array.of(byte), tail]);
    case "remove":
      return concat([head, tail.subarray(1)]);
    case "cut":
      return head;
    case "move":
      return bytes.with(at, bytes[to] ?? 0).with(to, bytes[at] ?? 0);
    case "double":
      return concat([head, bytes.subarray(Math.min(at, to), Math.max(at, to)), tail]);
    default:
      return concat([bytes, Uint8Array.of(byte)]);
  }
});

/** The same JSON in another spelling. */
const strangeSpelling = fc.tuple(
  anyBox,
  fc.constantFrom<(json: string) => string>(
    (json) => json.replace(":", ": "),
    (json) => JSON.stringify(JSON.parse(json), null, 1),
    (json) => json.replace("payload", "\\u0070ayload"),
    (json) => json.replace("+json", "\\u002bjson"),
    (json) => json.replace("application/", "application\\/"),
    (json) => json.replaceAll("+", "-").replaceAll("/", "_"),
    (json) => json.replace(/=*"/, '"'),
    (json) => json.replace("{", '{"payload":"e30=",'),
    (json) => json.replace("{", '{"__proto__":1,'),
    (json) => json.replace(/}$/, ',"x":1}'),
    (json) => "\ufeff" + json,
    (json) => json + "\n",
    (json) => json + json,
  ),
).map(([json, spell]) => spell(json));

/** Too long, or nested too deep: rare, since they are slow. */
const hugeEnvelope = fc.constantFrom(
  JSON.stringify(request) + " ".repeat(MAX_ENVELOPE_BYTES),
  "[".repeat(100_000),
  forged("[".repeat(100_000)),
  forged(JSON.stringify(bareRequest) + " ".repeat(MAX_BODY_BYTES)),
  forged(JSON.stringify({ ...bareRequest, stdin: new Uint8Array(65_537).toBase64() })),
);

function forged(body: string): string {
  return box({ body, payloadType: requestType.name, signers: [alice] });
}

/** Envelopes that are good, or bad in one way; `alice` and `bob` are to be trusted. */
export const alteredEnvelope: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 150, arbitrary: anyBox.map(encodeUtf8) },
  { weight: 300, arbitrary: strangeBox.map(encodeUtf8) },
  { weight: 50, arbitrary: strangeType.map(encodeUtf8) },
  { weight: 200, arbitrary: strangeSignatures.map(encodeUtf8) },
  { weight: 300, arbitrary: strangeBytes },
  { weight: 100, arbitrary: strangeSpelling.map(encodeUtf8) },
  { weight: 1, arbitrary: hugeEnvelope.map(encodeUtf8) },
);

/** Whether a body's target, if there is one, is among those that need no parser to be judged. */
function keepsTarget(body: string): boolean {
  const targets = body.match(/"target":"([^"]*)"/g) ?? [];
  const known = [request.target, bareRequest.target].map((target) => `"target":"${target}"`);
  return targets.every((target) => known.includes(target));
}

/** A signature with the group's order added to S: the same equation, another spelling. */
function addL(sig: string): string {
  const bytes = Uint8Array.fromBase64(sig);
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const s = BigInt("0x" + bytes.slice(32).reverse().toHex()) + order;
  bytes.set(Uint8Array.fromHex(s.toString(16).padStart(64, "0")).reverse(), 32);
  return bytes.toBase64();
}
