/**
 * Ed25519 public keys (RFC 8032 §5.1), and known agent keys by host name. The text form is one
 * line, as in OpenSSH: `nanoexec-ed25519 BASE64-OF-32-BYTES [comment]`.
 *
 * The runtime accepts any 32 bytes, even keys for which anybody can make signatures (points of
 * small order), so such keys never become a `PublicKey`.
 * @module
 */
import { createPublicKey, hash, type KeyObject, verify } from "node:crypto";
import { concat, decodeBase64, encodeUtf8 } from "../../base/bytes.ts";
import { quoteUntrusted } from "../../base/untrusted_text.ts";
import { KeyError } from "../errors.ts";

/** The first word of a public key line. */
export const PUBLIC_KEY_TAG = "nanoexec-ed25519";

/** The longest comment of a key, in characters. */
export const MAX_COMMENT_LENGTH = 200;

/**
 * A checked public key. Two are the same key exactly if their keyids are equal.
 */
export interface PublicKey {
  /** Lower-case hex SHA-256 of `"nanoexec-key-v1\0ed25519\0"` and the 32 bytes of the key. */
  readonly keyid: string;
  /** The 32 bytes in base64. */
  readonly base64: string;
  /** The same key for `node:crypto`. */
  readonly handle: KeyObject;
}

/** The parts of a public key line. */
export interface PublicKeyLine {
  /** The key. */
  readonly key: PublicKey;
  /** The owner's comment, for people; proves nothing. May be empty. */
  readonly comment: string;
}

/** The longest line with a public key, in characters. */
const MAX_LINE_LENGTH = 300;

const KEY_LINE = /^([^ \t]+)[ \t]+([^ \t]+)(?:[ \t]+([^]*))?$/;

const KEYID_PREFIX = encodeUtf8("nanoexec-key-v1\0ed25519\0");

/**
 * The y coordinates of the eight points of small order, and their second spellings with p added,
 * as they are encoded with the sign bit cleared. With either sign bit: 14 encodings.
 */
const SMALL_ORDER_Y: ReadonlySet<string> = new Set([
  "0000000000000000000000000000000000000000000000000000000000000000", // 0, order 4
  "0100000000000000000000000000000000000000000000000000000000000000", // 1, order 1
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", // order 8
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", // order 8
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // p - 1, order 2
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // p = 0
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // p + 1 = 1
]);

/**
 * Checks and imports the 32 bytes of a key.
 * @throws {KeyError} `key-format` for another length, or bytes that are not a point of the curve;
 * `key-weak` for a point of small order or a y coordinate that is not below p
 */
export function importPublicKey(bytes: Uint8Array): PublicKey {
  if (bytes.length !== 32) { // check: key-length
    throw new KeyError("key-format", `public key has ${bytes.length} bytes, not 32`);
  }
  const y = clearSignBit(bytes);
  if (SMALL_ORDER_Y.has(y.toHex())) { // check: small-order-key
    throw new KeyError("key-weak", "public key is of small order: anybody could sign for it");
  }
  // check: canonical-key
  if (!isBelowP(y)) throw new KeyError("key-weak", "public key is not in canonical form");
  return {
    keyid: hash("sha256", concat([KEYID_PREFIX, bytes]), "hex"),
    base64: bytes.toBase64(),
    handle: importHandle(bytes),
  };
}

/**
 * Decodes the base64 of a key, as in {@linkcode PublicKey.base64}.
 * @throws {KeyError} as {@linkcode importPublicKey}, and `key-format` for anything but canonical
 * base64
 */
export function publicKeyFromBase64(text: string): PublicKey {
  const bytes = decodeBase64(text);
  if (bytes === undefined) { // check: key-base64
    throw new KeyError("key-format", `public key is not base64: ${quoteUntrusted(text)}`);
  }
  return importPublicKey(bytes);
}

/**
 * Parses one line, without its line end. Words are separated by spaces or tabs.
 * @throws {KeyError} as {@linkcode publicKeyFromBase64}, and `key-format` for any other text
 */
export function parsePublicKey(line: string): PublicKeyLine {
  if (line.length > MAX_LINE_LENGTH) { // check: key-line-length
    throw new KeyError("key-format", `key line is longer than ${MAX_LINE_LENGTH} characters`);
  }
  const [, tag, base64 = "", rest = ""] = KEY_LINE.exec(line) ?? [];
  if (tag !== PUBLIC_KEY_TAG) { // check: key-tag
    throw new KeyError(
      "key-format",
      `not a public key, expected "${PUBLIC_KEY_TAG} ...": ${quoteUntrusted(line)}`,
    );
  }
  const comment = rest.replace(/[ \t]+$/, "");
  const problem = checkComment(comment);
  if (problem !== undefined) throw new KeyError("key-format", problem); // check: key-comment
  return { key: publicKeyFromBase64(base64), comment };
}

/** Writes the line that {@linkcode parsePublicKey} reads, without a line end. */
export function printPublicKey({ key, comment }: PublicKeyLine): string {
  return `${PUBLIC_KEY_TAG} ${key.base64} ${comment}`.trimEnd();
}

/** Returns the problem of a comment; `undefined` if it is valid. */
export function checkComment(comment: string): string | undefined {
  if (comment.length > MAX_COMMENT_LENGTH) { // check: comment-length
    return `comment is longer than ${MAX_COMMENT_LENGTH} characters`;
  }
  if (/\p{Cc}/u.test(comment)) return "comment holds a control character"; // check: comment-control
  // check: comment-surrogate
  if (!comment.isWellFormed()) return "comment holds a lone surrogate";
  // check: comment-spaces
  if (comment !== comment.trim()) return "comment begins or ends with a space";
  return undefined;
}

/** Returns the keyid in the form of OpenSSH: `SHA256:` and base64 without padding. */
export function fingerprint({ keyid }: Pick<PublicKey, "keyid">): string {
  return "SHA256:" + Uint8Array.fromHex(keyid).toBase64({ omitPadding: true });
}

/** Returns whether `signature` is a valid signature of `message` by `key` (pure Ed25519). */
export function verifySignature(
  key: PublicKey,
  { message, signature }: { readonly message: Uint8Array; readonly signature: Uint8Array },
): boolean {
  return verify(null, message, key.handle, signature); // check: signature-valid
}

function importHandle(bytes: Uint8Array): KeyObject {
  const x = bytes.toBase64({ alphabet: "base64url", omitPadding: true });
  try {
    return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  } catch (cause) {
    throw new KeyError("key-format", "public key is not a point of the curve", { cause });
  }
}

function clearSignBit(bytes: Uint8Array): Uint8Array {
  const y = bytes.slice();
  y[31] = (y[31] ?? 0) & 0x7f; // check: key-sign
  return y;
}

/** Returns whether little-endian y < p = 2^255 - 19. From p on only the first byte differs. */
function isBelowP(y: Uint8Array): boolean {
  const [first = 0] = y;
  const topBitsSet = y[31] === 0x7f && y.subarray(1, 31).every((byte) => byte === 0xff);
  return !(topBitsSet && first >= 0xed); // check: canonical-border
}

/** The known key of each agent name; a `Map` keeps them for this process only. */
export interface PinnedKeys {
  /** Returns the key of a name, if known. */
  get(name: string): PublicKey | undefined;
  /** Remembers the key of a new name. */
  set(name: string, key: PublicKey): unknown;
  /** Keeps the keys of these names for later processes, because a job is sent to them. */
  keep?(names: readonly string[]): void;
}
