import { deepStrictEqual, doesNotMatch, match, notDeepStrictEqual } from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { decodeUtf8, encodeUtf8 } from "../../../lib/base/bytes.ts";
import {
  decodeSecrets,
  encodeSecrets,
  type SecretValues,
} from "../../../lib/envelope/statements/secrets.ts";
import { anyText, assertEnvelopeError } from "../../support/envelope_fixtures.ts";

const anyValues: fc.Arbitrary<SecretValues> = fc.dictionary(
  fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,10}$/),
  anyText.map((text) => `1234${text}`),
  { minKeys: 1, maxKeys: 16, noNullPrototype: true },
);

Deno.test("decodeSecrets opens what encodeSecrets made ready", () => {
  fc.assert(fc.property(anyValues, (values) => {
    const { digest, part } = encodeSecrets(values);
    deepStrictEqual({ ...decodeSecrets(part, digest) }, values);
    deepStrictEqual(digest.names, Object.keys(values).sort());
  }));
});

Deno.test("encodeSecrets gives nothing away, not even that two secrets are the same", () => {
  const [first, second] = [encodeSecrets({ A: "hunter2" }), encodeSecrets({ A: "hunter2" })];
  notDeepStrictEqual(first.digest, second.digest);
  doesNotMatch(JSON.stringify(first.digest), /hunter2/);
});

Deno.test("encodeSecrets refuses what cannot be a secret", () => {
  const many = Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`A${index}`, "1234"]));
  const rows: readonly (readonly [SecretValues, RegExp])[] = [
    [{ A: "123" }, /too short/],
    [{ A: "" }, /too short/],
    [{ A: "a".repeat(4_097) }, /longer than 4096/],
    [{ A: "12\0 34" }, /NUL/],
    [{ a: "1234" }, /invalid name/],
    [{ "A=B": "1234" }, /invalid name/],
    [many, /more than 16/],
  ];
  for (const [values, message] of rows) {
    match(assertEnvelopeError("body", () => encodeSecrets(values)), message);
  }
});

/** The largest that can be sealed, and so must be read. */
Deno.test("decodeSecrets reads the largest secrets", () => {
  const names = Array.from({ length: 16 }, (_, index) => "A".repeat(62) + String(10 + index));
  const values = Object.fromEntries(names.map((name) => [name, "\x01".repeat(4_096)]));
  const { digest, part } = encodeSecrets(values);
  deepStrictEqual({ ...decodeSecrets(part, digest) }, values);
});

Deno.test("decodeSecrets refuses every other part", async (t) => {
  const { digest, part } = encodeSecrets({ A: "hunter2" });
  const text = decodeUtf8(part);
  const hostile: Readonly<Record<string, Uint8Array>> = {
    nothing: new Uint8Array(),
    "a byte less": part.subarray(1),
    "a byte more": encodeUtf8(`${text} `),
    "another value": encodeUtf8(text.replace("hunter2", "hunter3")),
    "another name": encodeUtf8(text.replace('"A"', '"B"')),
  };
  for (const [name, bytes] of Object.entries(hostile)) {
    await t.step(name, () => void assertEnvelopeError("body", () => decodeSecrets(bytes, digest)));
  }
});

Deno.test("decodeSecrets refuses parts that a hostile operator has signed", async (t) => {
  const nonce = "0".repeat(64);
  const hostile: Readonly<Record<string, string>> = {
    "no JSON": "hunter2",
    "no nonce": '{"values":{"A":"hunter2"}}',
    "a short value": `{"nonce":"${nonce}","values":{"A":"x"}}`,
    "another name": `{"nonce":"${nonce}","values":{"B":"hunter2"}}`,
    "one name more": `{"nonce":"${nonce}","values":{"A":"hunter2","B":"hunter2"}}`,
    "a name twice": `{"nonce":"${nonce}","values":{"A":"hunter2","A":"hunter2"}}`,
    "a number": `{"nonce":"${nonce}","values":{"A":12345}}`,
    spaces: `{ "nonce":"${nonce}","values":{"A":"hunter2"}}`,
  };
  for (const [name, text] of Object.entries(hostile)) {
    const sha256 = createHash("sha256").update(text).digest("hex");
    await t.step(name, () => {
      const message = assertEnvelopeError(
        "body",
        () => decodeSecrets(encodeUtf8(text), { names: ["A"], sha256 }),
      );
      doesNotMatch(message, /hunter2/);
    });
  }
});
