import { deepStrictEqual, notDeepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import {
  decryptWithPassphrase,
  DEFAULT_SCRYPT_COST,
  ENCRYPTION_OVERHEAD_BYTES,
  encryptWithPassphrase,
  newEncryptionParameters,
  parseEncryptionParameters,
  printEncryptionParameters,
} from "../../../lib/envelope/keys/passphrase_encryption.ts";

const CHEAP = 2 ** 14;
const SALT = new Uint8Array(16).toBase64();
const NONCE = new Uint8Array(12).toBase64();
const secret = encodeUtf8("32 bytes that nobody is to know.");

Deno.test("newEncryptionParameters costs 2^17 if nothing else is said, and is never the same", () => {
  const [one, other] = [newEncryptionParameters(), newEncryptionParameters()];
  strictEqual(one.cost, 131_072);
  strictEqual(DEFAULT_SCRYPT_COST, 131_072);
  notDeepStrictEqual(one.salt, other.salt);
  notDeepStrictEqual(one.nonce, other.nonce);
});

Deno.test("newEncryptionParameters refuses costs that parseEncryptionParameters would not read", () => {
  for (const cost of [0, 1, 2 ** 13, 2 ** 14 + 1, 2 ** 19, NaN]) {
    throws(() => newEncryptionParameters(cost), RangeError, `${cost}`);
  }
});

Deno.test("parseEncryptionParameters reads what printEncryptionParameters writes", () => {
  for (const cost of [14, 15, 16, 17, 18].map((bits) => 2 ** bits)) {
    const { salt, nonce } = newEncryptionParameters(cost);
    const lock = { cost, salt: Uint8Array.from(salt), nonce: Uint8Array.from(nonce) };
    deepStrictEqual(parseEncryptionParameters(printEncryptionParameters(lock)), lock);
  }
});

Deno.test("parseEncryptionParameters refuses every other text", async (t) => {
  const hostile: readonly (readonly [string, string])[] = [
    ["empty", ""],
    ["other name", `bcrypt 16384 8 1 ${SALT} ${NONCE}`],
    ["cost that takes no time", `scrypt-aes256gcm 2 8 1 ${SALT} ${NONCE}`],
    ["cost that takes all memory", `scrypt-aes256gcm 1073741824 8 1 ${SALT} ${NONCE}`],
    ["cost that is no power of two", `scrypt-aes256gcm 16385 8 1 ${SALT} ${NONCE}`],
    ["cost spelled in another way", `scrypt-aes256gcm 16384.0 8 1 ${SALT} ${NONCE}`],
    ["cost in hex", `scrypt-aes256gcm 0x4000 8 1 ${SALT} ${NONCE}`],
    ["larger blocks", `scrypt-aes256gcm 16384 1024 1 ${SALT} ${NONCE}`],
    ["more of them", `scrypt-aes256gcm 16384 8 64 ${SALT} ${NONCE}`],
    ["short salt", `scrypt-aes256gcm 16384 8 1 ${NONCE} ${NONCE}`],
    ["long nonce", `scrypt-aes256gcm 16384 8 1 ${SALT} ${SALT}`],
    ["no nonce", `scrypt-aes256gcm 16384 8 1 ${SALT}`],
    ["two spaces", `scrypt-aes256gcm 16384  8 1 ${SALT} ${NONCE}`],
    ["text behind", `scrypt-aes256gcm 16384 8 1 ${SALT} ${NONCE} `],
  ];
  for (const [name, text] of hostile) {
    await t.step(name, () => strictEqual(parseEncryptionParameters(text), undefined));
  }
});

Deno.test("decryptWithPassphrase gives back what encrypt took, for the same passphrase and context only", () => {
  const lock = newEncryptionParameters(CHEAP);
  const use = { lock, passphrase: "correct horse", context: "public" };
  const box = encryptWithPassphrase(secret, use);
  strictEqual(box.length, secret.length + ENCRYPTION_OVERHEAD_BYTES);
  deepStrictEqual(decryptWithPassphrase(box, use), secret);
  strictEqual(decryptWithPassphrase(box, { ...use, passphrase: "correct horse " }), undefined);
  strictEqual(decryptWithPassphrase(box, { ...use, passphrase: "" }), undefined);
  strictEqual(decryptWithPassphrase(box, { ...use, context: "Public" }), undefined);
  strictEqual(
    decryptWithPassphrase(box, { ...use, lock: { ...lock, salt: new Uint8Array(16) } }),
    undefined,
  );
  strictEqual(
    decryptWithPassphrase(box, { ...use, lock: { ...lock, nonce: new Uint8Array(12) } }),
    undefined,
  );
  for (const at of [0, 31, 32, 47]) {
    const altered = box.slice();
    altered[at] = (altered[at] ?? 0) ^ 1;
    strictEqual(decryptWithPassphrase(altered, use), undefined, `byte ${at}`);
  }
});

Deno.test("a passphrase may be typed in any Unicode form", () => {
  const lock = newEncryptionParameters(CHEAP);
  const box = encryptWithPassphrase(secret, { lock, passphrase: "caf\u00e9", context: "" });
  deepStrictEqual(
    decryptWithPassphrase(box, { lock, passphrase: "cafe\u0301", context: "" }),
    secret,
  );
});
