import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { decodeUtf8, encodeUtf8 } from "../../../lib/base/bytes.ts";
import { decodeEnvelope, encodeEnvelope } from "../../../lib/envelope/signing/dsse_envelope.ts";
import {
  type Hello,
  helloType,
  verifyHello,
} from "../../../lib/envelope/statements/session_statements.ts";
import { decodeBody, encodeBody } from "../../../lib/envelope/signing/payload_type.ts";
import { requestType } from "../../../lib/envelope/statements/request.ts";
import { signEnvelope } from "../../../lib/envelope/signing/sign_envelope.ts";
import {
  alice,
  anyCount,
  anyHex,
  anyNodeName,
  anyText,
  anyTime,
  assertEnvelopeError,
  bob,
  hello,
  request,
  withPrototypes,
} from "../../support/envelope_fixtures.ts";

Deno.test("a hello is written with its fields in order", () => {
  strictEqual(decodeUtf8(encodeBody(hello, helloType)), JSON.stringify(hello));
});

Deno.test("verifyHello opens any hello with the key in it", () => {
  const anyHello: fc.Arbitrary<Hello> = fc.record<Hello>({
    v: fc.constant(1),
    nonce: anyHex(32),
    name: anyNodeName,
    publicKey: fc.constant(bob.publicKey.base64),
    epoch: anyCount,
    version: fc.constantFrom("1.0.0", "2.0.0-rc.1"),
    facts: fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9_.-]{0,9}$/), anyText, {
      noNullPrototype: true,
    }),
    running: fc.array(anyHex(16), { maxLength: 3 }),
    held: fc.array(anyHex(16), { maxLength: 3 }),
    insecure: fc.boolean(),
    clockMs: anyTime,
  });
  fc.assert(fc.property(anyHello, (any) => {
    const { body, signers } = verifyHello(signEnvelope(helloType, any, [bob]));
    deepStrictEqual(withPrototypes(body), withPrototypes(any));
    deepStrictEqual(signers.map(({ keyid }) => keyid), [bob.publicKey.keyid]);
  }));
});

Deno.test("verifyHello refuses a hello that its own key has not signed", () => {
  assertEnvelopeError("unknown-signer", () => verifyHello(signEnvelope(helloType, hello, [bob])));
  const envelope = decodeEnvelope(signEnvelope(helloType, hello, [alice]));
  const newer = encodeBody({ ...hello, epoch: hello.epoch + 1 }, helloType);
  assertEnvelopeError(
    "signature",
    () => verifyHello(encodeEnvelope({ ...envelope, payload: newer })),
  );
  assertEnvelopeError("type", () => verifyHello(signEnvelope(requestType, request, [alice])));
  assertEnvelopeError("container", () => verifyHello(encodeUtf8("{}")));
});

Deno.test("verifyHello names only the hello's own key as signer", () => {
  const { signers } = verifyHello(signEnvelope(helloType, hello, [bob, alice]));
  deepStrictEqual(signers.map(({ keyid }) => keyid), [alice.publicKey.keyid]);
});

Deno.test("verifyHello refuses a key under which anybody could sign", () => {
  const publicKey = Uint8Array.of(1, ...new Uint8Array(31)).toBase64();
  assertEnvelopeError(
    "key-weak",
    () => verifyHello(signEnvelope(helloType, { ...hello, publicKey }, [alice])),
  );
});

Deno.test("a hello accepts its longest lists", () => {
  const ids = (count: number) => Array.from({ length: count }, () => request.id);
  const facts = Object.fromEntries(
    Array.from({ length: 256 }, (_, index) => [`f${1_000 + index}`, "x"]),
  );
  encodeBody({ ...hello, running: ids(1_024), held: ids(4_096), facts }, helloType);
});

Deno.test("a hello refuses fields beyond their bounds", async (t) => {
  const facts = Array.from({ length: 257 }, (_, index) => [`f${1_000 + index}`, "x"]);
  const hostile: readonly (readonly [string, Readonly<Record<string, unknown>>, RegExp])[] = [
    ["version 2", { v: 2 }, /hello\.v/],
    ["nonce of 31 bytes", { nonce: "e".repeat(62) }, /hello\.nonce/],
    ["name with ESC", { name: "\x1b" }, /hello\.name/],
    ["name ALL", { name: "ALL" }, /hello\.name/],
    ["key of 31 bytes", { publicKey: new Uint8Array(31).toBase64() }, /hello\.publicKey/],
    ["key of 33 bytes", { publicKey: new Uint8Array(33).toBase64() }, /hello\.publicKey/],
    ["negative epoch", { epoch: -1 }, /hello\.epoch/],
    ["long version", { version: "1".repeat(65) }, /hello\.version/],
    ["facts as list", { facts: [] }, /hello\.facts/],
    ["257 facts", { facts: Object.fromEntries(facts) }, /more than 256/],
    ["fact with __proto__", { facts: JSON.parse('{"__proto__":"x"}') }, /hello\.facts/],
    ["fact that begins with a digit", { facts: { "1os": "linux" } }, /invalid name "1os"/],
    ["fact of 65 letters", { facts: { ["a".repeat(65)]: "x" } }, /invalid name/],
    ["fact with a line end", { facts: { "os\n": "linux" } }, /invalid name/],
    ["fact as number", { facts: { cpus: 4 } }, /facts\.cpus is not text/],
    ["long fact", { facts: { os: "a".repeat(1_025) } }, /facts\.os/],
    ["1,025 running", { running: new Array(1_025).fill(request.id) }, /1025 items/],
    ["4,097 held", { held: new Array(4_097).fill(request.id) }, /4097 items/],
    ["bad running id", { running: ["x"] }, /running\[0\]/],
    ["bad held id", { held: [request.id, 1] }, /held\[1\]/],
    ["insecure as text", { insecure: "no" }, /hello\.insecure/],
    ["clock as fraction", { clockMs: 0.5 }, /hello\.clockMs/],
    ["unknown field", { zz: 1 }, /unknown field "zz"/],
  ];
  for (const [name, changes, message] of hostile) {
    await t.step(name, () => {
      const bytes = encodeUtf8(JSON.stringify({ ...hello, ...changes }));
      match(assertEnvelopeError("body", () => decodeBody(bytes, helloType)), message);
    });
  }
});
