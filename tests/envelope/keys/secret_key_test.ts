import { deepStrictEqual, notStrictEqual, strictEqual } from "node:assert/strict";
import { inspect } from "node:util";
import { importPublicKey, verifySignature } from "../../../lib/envelope/keys/public_key.ts";
import {
  generateSecretKey,
  secretKeyFromSeed,
  secretSeed,
  sign,
} from "../../../lib/envelope/keys/secret_key.ts";
import rfc8032 from "../../vectors/ed25519_rfc8032.json" with { type: "json" };
import { alice, assertEnvelopeError, bob } from "../../support/envelope_fixtures.ts";

Deno.test("sign makes RFC 8032's signatures", () => {
  for (const vector of rfc8032.vectors) {
    const seed = Uint8Array.fromHex(vector.secret);
    const publicKey = importPublicKey(Uint8Array.fromHex(vector.publicKey));
    const key = secretKeyFromSeed(seed, { publicKey, comment: "" });
    strictEqual(sign(key, Uint8Array.fromHex(vector.message)).toHex(), vector.signature);
    deepStrictEqual(secretSeed(key), seed);
  }
});

Deno.test("generateSecretKey makes a new key that signs for its public half", () => {
  const [one, other] = [generateSecretKey("me"), generateSecretKey("me")];
  notStrictEqual(one.publicKey.keyid, other.publicKey.keyid);
  strictEqual(one.comment, "me");
  const message = Uint8Array.of(1, 2, 3);
  const signature = sign(one, message);
  strictEqual(verifySignature(one.publicKey, { message, signature }), true);
  strictEqual(verifySignature(other.publicKey, { message, signature }), false);
});

Deno.test("generateSecretKey refuses a comment that cannot stand in a key line", () => {
  for (const comment of ["a\nb", "a\rb", "\x1b", " a", "a ", "a".repeat(201), "\ud800"]) {
    assertEnvelopeError("key-format", () => generateSecretKey(comment));
  }
});

Deno.test("secretKeyFromSeed refuses halves that do not belong together", () => {
  const owner = { publicKey: bob.publicKey, comment: "" };
  assertEnvelopeError("key-damaged", () => secretKeyFromSeed(secretSeed(alice), owner));
});

Deno.test("a secret key does not show its secret when it is printed", () => {
  const key = generateSecretKey("me");
  const seed = secretSeed(key);
  const shown = inspect(key, { depth: 9, showHidden: true }) + JSON.stringify(key);
  strictEqual(shown.includes(key.publicKey.keyid), true);
  const spellings = [
    seed.toHex(),
    seed.toBase64({ omitPadding: true }),
    seed.toBase64({ alphabet: "base64url", omitPadding: true }),
    seed.subarray(0, 6).join(", "),
    seed.subarray(0, 6).join(","),
  ];
  deepStrictEqual(spellings.filter((spelling) => shown.includes(spelling)), []);
});
