import { deepStrictEqual, match, notStrictEqual, strictEqual } from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { EnvelopeError } from "../../../lib/envelope/errors.ts";
import {
  decodeSecretKey,
  encodeSecretKey,
  generateSecretKey,
  readPublicHalf,
  secretSeed,
} from "../../../lib/envelope/keys/secret_key.ts";
import {
  alice,
  assertEnvelopeError,
  bob,
  resultOrRefusal,
} from "../../support/envelope_fixtures.ts";

const PLAIN = encodeSecretKey(alice);
const LOCKED = encodeSecretKey(alice, { passphrase: "open sesame", cost: 2 ** 14 });

Deno.test("encodeSecretKey writes the text that its comment shows", () => {
  const lines = PLAIN.split("\n");
  deepStrictEqual(lines.slice(0, 5), [
    "nanoexec-ed25519-secret",
    "comment: key 1",
    "public: iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w=",
    "cipher: none",
    `secret: ${new Uint8Array(32).fill(1).toBase64()}`,
  ]);
  match(lines[5] ?? "", /^check: [0-9a-f]{16}$/);
  deepStrictEqual(lines.slice(6), [""]);
});

Deno.test("decodeSecretKey reads a bare key, with or without a passphrase", () => {
  for (const key of [decodeSecretKey(PLAIN), decodeSecretKey(PLAIN, "not needed")]) {
    deepStrictEqual(secretSeed(key), secretSeed(alice));
    strictEqual(key.publicKey.keyid, alice.publicKey.keyid);
    strictEqual(key.comment, "key 1");
  }
});

Deno.test(
  "decodeSecretKey tells a missing from a wrong passphrase",
  () => {
    deepStrictEqual(secretSeed(decodeSecretKey(LOCKED, "open sesame")), secretSeed(alice));
    assertEnvelopeError("needs-passphrase", () => decodeSecretKey(LOCKED));
    assertEnvelopeError("wrong-passphrase", () => decodeSecretKey(LOCKED, "open sesam"));
    assertEnvelopeError("wrong-passphrase", () => decodeSecretKey(LOCKED, ""));
  },
);

Deno.test("encodeSecretKey with a passphrase shows no secret and never repeats itself", () => {
  strictEqual(LOCKED.includes(secretSeed(alice).toBase64()), false);
  notStrictEqual(
    encodeSecretKey(alice, { passphrase: "x", cost: 2 ** 14 }).split("\n")[3],
    LOCKED.split("\n")[3],
  );
});

Deno.test("encodeSecretKey protects with scrypt 2^17 by default", () => {
  const text = encodeSecretKey(bob, { passphrase: "x" });
  match(text, /\ncipher: scrypt-aes256gcm 131072 8 1 /);
  strictEqual(decodeSecretKey(text, "x").publicKey.keyid, bob.publicKey.keyid);
});

Deno.test("readPublicHalf needs no passphrase", () => {
  for (const text of [PLAIN, LOCKED]) {
    const { key, comment } = readPublicHalf(text);
    strictEqual(key.keyid, alice.publicKey.keyid);
    strictEqual(comment, "key 1");
  }
});

Deno.test("decodeSecretKey refuses what is not one secret key", async (t) => {
  const line = (index: number, replacement: string) =>
    recheck(PLAIN.split("\n").with(index, replacement).join("\n"));
  const hostile: readonly (readonly [string, string, RegExp])[] = [
    ["empty", "", /not a secret key: first line/],
    ["something else", "hello\n", /not a secret key: first line/],
    ["OpenSSH key", "-----BEGIN OPENSSH PRIVATE KEY-----\n", /not a secret key: first line/],
    ["public key", `nanoexec-ed25519 ${alice.publicKey.base64} a\n`, /public key, not a secret/],
    ["CR LF", PLAIN.replaceAll("\n", "\r\n"), /CR LF/],
    ["CR in the comment", line(1, "comment: a\rb"), /CR LF/],
    ["two keys", PLAIN + encodeSecretKey(bob), /more than one/],
    ["the same key twice", PLAIN + PLAIN, /more than one/],
    ["wrong tag", PLAIN.replace("secret\n", "secrets\n"), /not a secret key: first line/],
    ["upper-case tag", PLAIN.replace("nanoexec", "NANOEXEC"), /not a secret key: first line/],
    ["space before", " " + PLAIN, /not a secret key: first line/],
    ["empty line before", "\n" + PLAIN, /not a secret key: first line/],
    ["byte order mark", "\ufeff" + PLAIN, /not a secret key: first line/],
    ["empty line behind", PLAIN + "\n", /cut off or altered/],
    ["text behind", PLAIN + "x", /cut off or altered/],
    ["no line end", PLAIN.slice(0, -1), /cut off or altered/],
    ["no checksum", PLAIN.replace(/check: .*\n/, ""), /cut off or altered/],
    ["no comment line", PLAIN.replace(/comment: .*\n/, ""), /cut off or altered/],
    ["lines in another order", PLAIN.replace(/(comment.*\n)(public.*\n)/, "$2$1"), /cut off/],
    ["unknown line", PLAIN.replace("public:", "extra: 1\npublic:"), /cut off or altered/],
    ["comment of 10 MB", line(1, "comment: " + "a".repeat(10_000_000)), /longer than 1024/],
    [
      "comment that makes 1,024 characters",
      line(1, "comment: " + "a".repeat(1_024 - PLAIN.length + "key 1".length)),
      /longer than 200/,
    ],
    ["comment of 201 characters", line(1, "comment: " + "a".repeat(201)), /longer than 200/],
    ["ESC in the comment", line(1, "comment: \x1b[2J"), /control character/],
    ["space at the end of the comment", line(1, "comment: a "), /space/],
    ["short public key", line(2, `public: ${new Uint8Array(31).toBase64()}`), /bytes, not 32/],
    ["public key not in base64", line(2, "public: ?"), /not base64/],
    ["unknown cipher", line(3, "cipher: rot13"), /unknown cipher/],
    ["cost out of bounds", recheck(LOCKED.replace(" 16384 ", " 1073741824 ")), /unknown cipher/],
    ["short secret", line(4, `secret: ${new Uint8Array(31).toBase64()}`), /wrong length/],
    ["long secret", line(4, `secret: ${new Uint8Array(33).toBase64()}`), /wrong length/],
    ["secret not in base64", line(4, "secret: ?"), /wrong length/],
    [
      "locked secret called bare",
      recheck(LOCKED.replace(/cipher: .*/, "cipher: none")),
      /wrong length/,
    ],
  ];
  for (const [name, text, message] of hostile) {
    await t.step(name, () => {
      match(assertEnvelopeError("key-format", () => decodeSecretKey(text, "x")), message);
      match(assertEnvelopeError("key-format", () => readPublicHalf(text)), message);
    });
  }
});

Deno.test("decodeSecretKey refuses a public key under which anybody could sign", () => {
  const weak = PLAIN.replace(/public: .*/, `public: ${new Uint8Array(32).toBase64()}`);
  assertEnvelopeError("key-weak", () => decodeSecretKey(recheck(weak)));
});

Deno.test("decodeSecretKey notices damage before it asks for a passphrase", () => {
  const damaged = [
    PLAIN.replace("comment: key 1", "comment: key 2"),
    PLAIN.replace("secret: AQEB", "secret: AQEC"),
    PLAIN.replace(alice.publicKey.base64, bob.publicKey.base64),
    LOCKED.replace("comment: key 1", "comment: key 2"),
    LOCKED.replace(/(secret: ..)./, "$1?"),
  ];
  for (const text of damaged) assertEnvelopeError("key-damaged", () => decodeSecretKey(text));
});

Deno.test("decodeSecretKey refuses halves of two keys, even with a right checksum", () => {
  const swap = (text: string) =>
    recheck(text.replace(alice.publicKey.base64, bob.publicKey.base64));
  assertEnvelopeError("key-damaged", () => decodeSecretKey(swap(PLAIN)));
  assertEnvelopeError("wrong-passphrase", () => decodeSecretKey(swap(LOCKED), "open sesame"));
});

Deno.test("encodeSecretKey and decodeSecretKey are inverse", () => {
  const comments = fc.constantFrom("", "a", "alice at work", "nanoexec-ed25519-secret", "日本");
  fc.assert(
    fc.property(comments, (comment) => {
      const key = generateSecretKey(comment);
      const text = encodeSecretKey(key);
      deepStrictEqual(secretSeed(decodeSecretKey(text)), secretSeed(key));
      strictEqual(encodeSecretKey(decodeSecretKey(text)), text);
    }),
    { numRuns: 20 },
  );
});

Deno.test("decodeSecretKey of altered text refuses", () => {
  const replacement = fc.constantFrom("a", "0", "=", " ", "\n", "\r", ":", "\0", "é");
  fc.assert(
    fc.property(fc.nat(PLAIN.length - 1), replacement, (at, character) => {
      fc.pre(PLAIN[at] !== character);
      const altered = PLAIN.slice(0, at) + character + PLAIN.slice(at + 1);
      strictEqual(resultOrRefusal(() => decodeSecretKey(altered)) instanceof EnvelopeError, true);
    }),
    { numRuns: 500 },
  );
});

/** Gives an altered text a checksum that is right again. */
function recheck(text: string): string {
  const body = text.slice(0, text.indexOf("check: "));
  return `${body}check: ${createHash("sha256").update(body).digest("hex").slice(0, 16)}\n`;
}
