import { deepStrictEqual, notDeepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { utf8 } from "../../lib/base/bytes.ts";
import {
  decrypt,
  DEFAULT_COST,
  encrypt,
  LOCK_OVERHEAD,
  newLock,
  parseLock,
  printLock,
} from "../../lib/envelope/passphrase_lock.ts";

const CHEAP = 2 ** 14;
const SALT = new Uint8Array(16).toBase64();
const NONCE = new Uint8Array(12).toBase64();
const secret = utf8("32 bytes that nobody is to know.");

Deno.test("newLock costs 2^17 if nothing else is said, and is never the same", {
  permissions: "none",
}, () => {
  const [one, other] = [newLock(), newLock()];
  strictEqual(one.cost, 131_072);
  strictEqual(DEFAULT_COST, 131_072);
  notDeepStrictEqual(one.salt, other.salt);
  notDeepStrictEqual(one.nonce, other.nonce);
});

Deno.test("newLock refuses costs that parseLock would not read", { permissions: "none" }, () => {
  for (const cost of [0, 1, 2 ** 13, 2 ** 14 + 1, 2 ** 19, NaN]) {
    throws(() => newLock(cost), RangeError, `${cost}`);
  }
});

Deno.test("parseLock reads what printLock writes", { permissions: "none" }, () => {
  for (const cost of [14, 15, 16, 17, 18].map((bits) => 2 ** bits)) {
    const { salt, nonce } = newLock(cost);
    const lock = { cost, salt: Uint8Array.from(salt), nonce: Uint8Array.from(nonce) };
    deepStrictEqual(parseLock(printLock(lock)), lock);
  }
});

Deno.test("parseLock refuses every other text", { permissions: "none" }, async (t) => {
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
    await t.step(name, () => strictEqual(parseLock(text), undefined));
  }
});

Deno.test("decrypt gives back what encrypt took, for the same passphrase and context only", {
  permissions: "none",
}, () => {
  const lock = newLock(CHEAP);
  const use = { lock, passphrase: "correct horse", context: "public" };
  const box = encrypt(secret, use);
  strictEqual(box.length, secret.length + LOCK_OVERHEAD);
  deepStrictEqual(decrypt(box, use), secret);
  strictEqual(decrypt(box, { ...use, passphrase: "correct horse " }), undefined);
  strictEqual(decrypt(box, { ...use, passphrase: "" }), undefined);
  strictEqual(decrypt(box, { ...use, context: "Public" }), undefined);
  strictEqual(decrypt(box, { ...use, lock: { ...lock, salt: new Uint8Array(16) } }), undefined);
  strictEqual(decrypt(box, { ...use, lock: { ...lock, nonce: new Uint8Array(12) } }), undefined);
  for (const at of [0, 31, 32, 47]) {
    const altered = box.slice();
    altered[at] = (altered[at] ?? 0) ^ 1;
    strictEqual(decrypt(altered, use), undefined, `byte ${at}`);
  }
});

Deno.test("a passphrase may be typed in any Unicode form", { permissions: "none" }, () => {
  const lock = newLock(CHEAP);
  const box = encrypt(secret, { lock, passphrase: "caf\u00e9", context: "" });
  deepStrictEqual(decrypt(box, { lock, passphrase: "cafe\u0301", context: "" }), secret);
});
