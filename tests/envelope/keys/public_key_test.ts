import { match, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import { EnvelopeError } from "../../../lib/envelope/errors.ts";
import {
  checkComment,
  fingerprint,
  importPublicKey,
  parsePublicKey,
  printPublicKey,
  publicKeyFromBase64,
  verifySignature,
} from "../../../lib/envelope/keys/public_key.ts";
import keys from "../../vectors/ed25519_keys.json" with { type: "json" };
import rfc8032 from "../../vectors/ed25519_rfc8032.json" with { type: "json" };
import speccheck from "../../vectors/ed25519_speccheck.json" with { type: "json" };
import { alice, assertEnvelopeError, resultOrRefusal } from "../../support/envelope_fixtures.ts";

const BASE64 = "iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w=";

Deno.test("importPublicKey refuses all 14 encodings of small order", async (t) => {
  strictEqual(keys.smallOrder.length, 14);
  for (const { note, publicKey } of keys.smallOrder) {
    await t.step(note, () => {
      match(
        assertEnvelopeError("key-weak", () => importPublicKey(fromHex(publicKey))),
        /small order/,
      );
    });
  }
});

Deno.test("importPublicKey refuses every y that is not below p", async (t) => {
  strictEqual(keys.nonCanonical.length, 34);
  for (const { note, publicKey } of keys.nonCanonical) {
    await t.step(note, () => {
      match(
        assertEnvelopeError("key-weak", () => importPublicKey(fromHex(publicKey))),
        /canonical/,
      );
    });
  }
});

Deno.test("importPublicKey accepts keys on both sides of the bounds", async (t) => {
  for (const { note, publicKey } of keys.usable) {
    await t.step(note, () => {
      const { base64 } = importPublicKey(fromHex(publicKey));
      strictEqual(Uint8Array.fromBase64(base64).toHex(), publicKey);
    });
  }
});

Deno.test("importPublicKey refuses what is no point of the curve", async (t) => {
  for (const { note, publicKey } of keys.offCurve) {
    await t.step(note, () => {
      match(
        assertEnvelopeError("key-format", () => importPublicKey(fromHex(publicKey))),
        /not a point/,
      );
    });
  }
});

Deno.test("importPublicKey accepts 32 bytes only", () => {
  for (const length of [0, 31, 33, 64]) {
    const message = assertEnvelopeError(
      "key-format",
      () => importPublicKey(new Uint8Array(length).fill(9)),
    );
    strictEqual(message, `public key has ${length} bytes, not 32`);
  }
});

Deno.test("ed25519-speccheck: what the key check leaves is verified without cofactor", async (t) => {
  strictEqual(speccheck.vectors.length, 12);
  for (const vector of speccheck.vectors) {
    await t.step(vector.note, () => {
      if (!vector.keyUsable) {
        assertEnvelopeError("key-weak", () => importPublicKey(fromHex(vector.publicKey)));
        return;
      }
      const key = importPublicKey(fromHex(vector.publicKey));
      const signature = fromHex(vector.signature);
      strictEqual(
        verifySignature(key, { message: fromHex(vector.message), signature }),
        vector.verifies,
      );
    });
  }
});

Deno.test("verifySignature accepts RFC 8032's signatures and nothing near them", () => {
  for (const vector of rfc8032.vectors) {
    const key = importPublicKey(fromHex(vector.publicKey));
    const message = fromHex(vector.message);
    const signature = fromHex(vector.signature);
    strictEqual(verifySignature(key, { message, signature }), true);
    strictEqual(verifySignature(key, { message: Uint8Array.of(1), signature }), false);
    for (let bit = 0; bit < 512; bit++) {
      const altered = signature.slice();
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      strictEqual(verifySignature(key, { message, signature: altered }), false, `bit ${bit}`);
    }
  }
});

Deno.test("verifySignature refuses S + L, zeros and other lengths", () => {
  const [vector] = rfc8032.vectors;
  const key = importPublicKey(fromHex(vector?.publicKey ?? ""));
  const good = fromHex(vector?.signature ?? "");
  const hostile = [
    plusL(good),
    new Uint8Array(64),
    Uint8Array.of(...good.subarray(0, 32), ...new Uint8Array(32)),
    Uint8Array.of(...new Uint8Array(32), ...good.subarray(32)),
    good.subarray(0, 63),
    Uint8Array.of(...good, 0),
    new Uint8Array(0),
  ];
  for (const signature of hostile) {
    strictEqual(verifySignature(key, { message: new Uint8Array(0), signature }), false);
  }
});

Deno.test("a key's keyid is the SHA-256 of its prefix and bytes, its fingerprint the same", async () => {
  const key = publicKeyFromBase64(BASE64);
  const prefixed = Uint8Array.of(
    ...encodeUtf8("nanoexec-key-v1\0ed25519\0"),
    ...Uint8Array.fromBase64(BASE64),
  );
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", prefixed));
  strictEqual(key.keyid, digest.toHex());
  strictEqual(fingerprint(key), "SHA256:" + digest.toBase64().replace("=", ""));
  match(fingerprint(key), /^SHA256:[A-Za-z0-9+/]{43}$/);
});

Deno.test("parsePublicKey reads a line", async (t) => {
  const good: readonly (readonly [string, string, string])[] = [
    ["without a comment", `nanoexec-ed25519 ${BASE64}`, ""],
    ["with a comment", `nanoexec-ed25519 ${BASE64} alice`, "alice"],
    ["with words in the comment", `nanoexec-ed25519 ${BASE64} alice at  work`, "alice at  work"],
    ["with tabs", `nanoexec-ed25519\t${BASE64}\t\talice`, "alice"],
    ["with spaces at the end", `nanoexec-ed25519 ${BASE64} alice \t `, "alice"],
    ["as long as a line may be", `nanoexec-ed25519 ${BASE64} alice`.padEnd(300), "alice"],
    ["with the longest comment", `nanoexec-ed25519 ${BASE64} ${"a".repeat(200)}`, "a".repeat(200)],
  ];
  for (const [name, line, comment] of good) {
    await t.step(name, () => {
      const parsed = parsePublicKey(line);
      strictEqual(parsed.key.keyid, alice.publicKey.keyid);
      strictEqual(parsed.comment, comment);
    });
  }
});

Deno.test("parsePublicKey refuses every other line", async (t) => {
  const hostile: readonly (readonly [string, string])[] = [
    ["empty", ""],
    ["key alone", BASE64],
    ["tag alone", "nanoexec-ed25519"],
    ["tag and space", "nanoexec-ed25519 "],
    ["space before", ` nanoexec-ed25519 ${BASE64}`],
    ["OpenSSH's tag", `ssh-ed25519 ${BASE64}`],
    ["minisign's tag", `Ed ${BASE64}`],
    ["upper-case tag", `NANOEXEC-ED25519 ${BASE64}`],
    ["secret key's tag", `nanoexec-ed25519-secret ${BASE64}`],
    ["31 bytes", `nanoexec-ed25519 ${new Uint8Array(31).fill(9).toBase64()}`],
    ["33 bytes", `nanoexec-ed25519 ${new Uint8Array(33).fill(9).toBase64()}`],
    ["no padding", `nanoexec-ed25519 ${BASE64.slice(0, -1)}`],
    ["unused bits set", `nanoexec-ed25519 ${BASE64.slice(0, -2)}x=`],
    ["hex", `nanoexec-ed25519 ${"0a".repeat(32)}`],
    ["CR at the end", `nanoexec-ed25519 ${BASE64}\r`],
    ["CR behind the comment", `nanoexec-ed25519 ${BASE64} alice\r`],
    ["LF at the end", `nanoexec-ed25519 ${BASE64}\n`],
    ["two lines", `nanoexec-ed25519 ${BASE64} a\nnanoexec-ed25519 ${BASE64} b`],
    ["ESC in the comment", `nanoexec-ed25519 ${BASE64} \x1b[2J`],
    ["C1 in the comment", `nanoexec-ed25519 ${BASE64} \x9b2J`],
    ["NUL in the comment", `nanoexec-ed25519 ${BASE64} a\0b`],
    ["lone surrogate in the comment", `nanoexec-ed25519 ${BASE64} \ud800`],
    ["comment of 201 characters", `nanoexec-ed25519 ${BASE64} ${"a".repeat(201)}`],
    ["longer than a line may be", `nanoexec-ed25519 ${BASE64} alice`.padEnd(301)],
    ["comment of 10 MB", `nanoexec-ed25519 ${BASE64} ${"a".repeat(10_000_000)}`],
    ["10 MB of spaces", `nanoexec-ed25519 ${BASE64} a${" ".repeat(10_000_000)}b`],
  ];
  for (const [name, line] of hostile) {
    await t.step(name, () => void assertEnvelopeError("key-format", () => parsePublicKey(line)));
  }
  await t.step("key of small order", () => {
    const identity = Uint8Array.of(1, ...new Uint8Array(31)).toBase64();
    assertEnvelopeError("key-weak", () => parsePublicKey(`nanoexec-ed25519 ${identity} root`));
  });
});

Deno.test("printPublicKey and parsePublicKey are inverse", () => {
  const comment = fc.string({ unit: "grapheme", maxLength: 40 })
    .filter((text) => checkComment(text) === undefined);
  fc.assert(fc.property(comment, (text) => {
    const line = printPublicKey({ key: alice.publicKey, comment: text });
    const parsed = parsePublicKey(line);
    strictEqual(parsed.comment, text);
    strictEqual(printPublicKey(parsed), line);
  }));
});

Deno.test("parsePublicKey of any text refuses or reads 32 bytes", () => {
  const near = fc.string({ unit: "binary" }).map((text) => `nanoexec-ed25519 ${text}`);
  const key = fc.uint8Array({ minLength: 30, maxLength: 34 })
    .map((bytes) => `nanoexec-ed25519 ${bytes.toBase64()}`);
  fc.assert(fc.property(fc.oneof(near, key), (line) => {
    const parsed = resultOrRefusal(() => parsePublicKey(line));
    if (!(parsed instanceof EnvelopeError)) {
      strictEqual(Uint8Array.fromBase64(parsed.key.base64).length, 32);
    }
  }));
});

function fromHex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromHex(text);
}

/** The same signature with the group's order added to S (RFC 8032 §8.4). */
function plusL(signature: Uint8Array): Uint8Array {
  const L = 2n ** 252n + 27742317777372353535851937790883648493n;
  const s = BigInt("0x" + signature.slice(32).reverse().toHex()) + L;
  const bytes = Uint8Array.fromHex(s.toString(16).padStart(64, "0")).reverse();
  return Uint8Array.of(...signature.subarray(0, 32), ...bytes);
}
