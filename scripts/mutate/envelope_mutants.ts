/**
 * Every check between the bytes of an envelope and a verified body. May import `mutant.ts`.
 * @module
 */

import { changed, type MutatedFile, never, without } from "./mutant.ts";

function tests(...names: readonly string[]): readonly string[] {
  return names.map((name) => `tests/envelope/${name}_test.ts`);
}

/** The files that `open()` goes through. */
export const ENVELOPE: readonly MutatedFile[] = [
  {
    file: "lib/envelope/open.ts",
    tests: tests("open"),
    changes: [
      without("the type", "requireType(envelope, payloadType);"),
      never("that a key is known", "candidates.length === 0"),
      changed(
        "the signature",
        "if (verifySignature(key, { message, signature: sig })) signers",
        "verifySignature(key, { message, signature: sig }); signers",
      ),
      never("that one signature holds", "signers.size === 0"),
      changed("that signers are distinct", "set(key.keyid, key)", "set(`${signers.size}`, key)"),
      changed(
        "the signature before the body",
        "this.#signers = verifiedSigners(envelope, keys);\n    this.#body = decodeBody(envelope.payload, payloadType);",
        "this.#body = decodeBody(envelope.payload, payloadType);\n    this.#signers = verifiedSigners(envelope, keys);",
      ),
      changed(
        "the type before the key",
        "requireType(envelope, payloadType);\n    this.#signers = verifiedSigners(envelope, keys);",
        "this.#signers = verifiedSigners(envelope, keys);\n    requireType(envelope, payloadType);",
      ),
      changed(
        "that the digest is of the body's bytes",
        'hash("sha256", envelope.payload, "hex")',
        'hash("sha256", bytes, "hex")',
      ),
    ],
  },
  {
    file: "lib/envelope/pae.ts",
    tests: tests("pae", "open"),
    changes: [
      changed("the version in what is signed", "DSSEv1 ", ""),
      changed("the length of the type in what is signed", "${typeLength} ", ""),
      changed("the type in what is signed", "${payloadType} ${", "${"),
      changed("the length of the body in what is signed", "${body.length} `", "`"),
      changed("the body in what is signed", ", body]);", "]);"),
    ],
  },
  {
    file: "lib/envelope/payload_type.ts",
    tests: tests("payload_type", "bounds", "open"),
    changes: [
      never("the comparison of types", "envelope.payloadType !== payloadType.name"),
      changed(
        "upper and lower case in types",
        "envelope.payloadType !== payloadType.name",
        "envelope.payloadType.toLowerCase() !== payloadType.name.toLowerCase()",
      ),
      changed("the length of bodies", "maxBytes: MAX_BODY_BYTES }", "maxBytes: Infinity }"),
    ],
  },
  {
    file: "lib/envelope/container.ts",
    tests: tests("container", "open"),
    changes: [
      changed("the length of envelopes", "maxBytes: MAX_ENVELOPE_BYTES,", "maxBytes: Infinity,"),
      changed(
        "that there is a body",
        "base64({ min: 1, max: MAX_BODY",
        "base64({ min: 0, max: MAX_BODY",
      ),
      changed("the length of bodies", "max: MAX_BODY_BYTES }),", "max: Infinity }),"),
      changed("the length of types", "text({ maxBytes: 100, ", "text({ maxBytes: 1e9, "),
      changed("the letters of types", ", pattern: /^[\\x21-\\x7e]+$/ ", " "),
      changed("the form of keyids", "keyid: hex(32)", "keyid: text({ maxBytes: 64 })"),
      changed("the shortest signature", "base64({ min: SIGNATURE_BYTES", "base64({ min: 0"),
      changed("the longest signature", "max: SIGNATURE_BYTES })", "max: 1_000 })"),
      changed(
        "that there is a signature",
        "{ min: 1, max: MAX_SIGNATURES }",
        "{ min: 0, max: MAX_SIGNATURES }",
      ),
      changed("the number of signatures", "max: MAX_SIGNATURES },", "max: Infinity },"),
    ],
  },
  {
    file: "lib/envelope/one_spelling.ts",
    tests: tests("one_spelling", "open"),
    changes: [
      without("the length", "if (bytes.length > maxBytes) throw tooLong(spelling);"),
      changed(
        "that bytes are UTF-8",
        "() => fromUtf8(bytes)",
        "() => new TextDecoder().decode(bytes)",
      ),
      never("that there is one spelling", "JSON.stringify(value) !== text"),
    ],
  },
  {
    file: "lib/envelope/base64.ts",
    tests: tests("base64", "schema"),
    changes: [
      changed("white space in base64", "text.length === base64Length(bytes.length)", "true"),
      changed("unused bits in base64", '{ lastChunkHandling: "strict" }', "{}"),
    ],
  },
  {
    file: "lib/envelope/public_key.ts",
    tests: tests("public_key", "bounds"),
    changes: [
      never("the length of a key", "bytes.length !== 32"),
      never("keys of small order", "SMALL_ORDER_Y.has(y.toHex())"),
      never("keys that are not canonical", "!isBelowP(y)"),
      changed("both signs of keys of small order", "(y[31] ?? 0) & 0x7f", "y[31] ?? 0"),
      changed("the border of canonical keys", "first >= 0xed", "first >= 0xff"),
      never("the base64 of a key", "bytes === undefined"),
      changed("the signature", "return verify(null,", "return true || verify(null,"),
      never("the length of a key's line", "line.length > MAX_LINE_LENGTH"),
      never("the tag of a key's line", "tag !== PUBLIC_KEY_TAG"),
      never("the comment of a key", "problem !== undefined"),
      never("the length of a comment", "comment.length > MAX_COMMENT_LENGTH"),
      never("control characters in a comment", "/\\p{Cc}/u.test(comment)"),
      never("half characters in a comment", "!comment.isWellFormed()"),
      never("spaces around a comment", "comment !== comment.trim()"),
    ],
  },
];
