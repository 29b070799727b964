/**
 * The checks of `lib/envelope` on signatures, keys and times.
 * @module
 */

import {
  becomes,
  type CheckGroup,
  never,
  removed,
  rewritten,
  swapped,
  withoutOperand,
  withoutSpan,
} from "./mutant.ts";
import {
  argument,
  arrowBody,
  assignedValue,
  call,
  condition,
  initialValue,
  listLiteral,
  numeral,
  operand,
  property,
  returned,
  thenStatement,
  valueOf,
  whenFalse,
  whenTrue,
  whole,
  within,
} from "./selector.ts";

/** Signed envelopes, from bytes to a body. */
export const ENVELOPE: readonly CheckGroup[] = [
  {
    name: "open",
    tests: ["verify_envelope"],
    checks: {
      "envelope-type": [removed("the type"), swapped("the type before the key")],
      "known-key": [never("that a key is known")],
      "signature-counted": [
        becomes("the signature", whole, "$1; $2"),
        becomes(
          "that signers are distinct",
          within(thenStatement, call()),
          "$1(`${$1.1.size}`, $3)",
        ),
      ],
      "some-signature": [never("that one signature holds")],
      "signature-first": [swapped("the signature before the body")],
      "body-digest": [becomes("that the digest is of the body's bytes", argument(2), "bytes")],
    },
  },
  {
    name: "pae",
    tests: ["dsse_envelope_pre_auth", "verify_envelope"],
    checks: {
      "signed-bytes": [
        rewritten("the version in what is signed", /DSSEv1 /, ""),
        withoutSpan("the length of the type in what is signed", 1),
        withoutSpan("the type in what is signed", 2),
        withoutSpan("the length of the body in what is signed", 3),
        becomes("the body in what is signed", listLiteral, "[$1]"),
      ],
    },
  },
  {
    name: "payload-type",
    tests: ["payload_type", "bounds", "verify_envelope"],
    checks: {
      "payload-type": [
        never("the comparison of types"),
        becomes(
          "upper and lower case in types",
          condition,
          "$1.toLowerCase() !== $2.toLowerCase()",
        ),
      ],
      "body-length": [becomes("the length of bodies", valueOf("maxBytes"), "Infinity")],
    },
  },
  {
    name: "container",
    tests: ["dsse_envelope", "verify_envelope"],
    checks: {
      "envelope-length": [becomes("the length of envelopes", valueOf(), "Infinity")],
      "envelope-payload": [
        becomes("that there is a body", valueOf("min"), "0"),
        becomes("the length of bodies", valueOf("max"), "Infinity"),
      ],
      "type-form": [
        becomes("the length of types", valueOf("maxBytes"), "1e9"),
        removed("the letters of types", property("pattern")),
      ],
      "keyid-form": [becomes("the form of keyids", valueOf(), "text({ maxBytes: 64 })")],
      "signature-length": [
        becomes("the shortest signature", valueOf("min"), "0"),
        becomes("the longest signature", valueOf("max"), "1_000"),
      ],
      "signature-count": [
        becomes("that there is a signature", valueOf("min"), "0"),
        becomes("the number of signatures", valueOf("max"), "Infinity"),
      ],
    },
  },
  {
    name: "one-spelling",
    tests: ["canonical_json", "verify_envelope"],
    checks: {
      "text-length": [removed("the length")],
      "text-utf8": [
        becomes("that bytes are UTF-8", within(arrowBody, call()), "new TextDecoder().decode($2)"),
      ],
      "one-spelling": [never("that there is one spelling")],
    },
  },
  {
    name: "base64",
    tests: ["bytes_base64", "schema"],
    checks: {
      "base64-space": [becomes("white space in base64", operand(2), "true")],
      "base64-bits": [becomes("unused bits in base64", argument(2), "{}")],
    },
  },
  {
    name: "public-key",
    tests: ["public_key", "bounds"],
    checks: {
      "key-length": [never("the length of a key")],
      "small-order-key": [never("keys of small order")],
      "canonical-key": [never("keys that are not canonical")],
      "key-sign": [becomes("both signs of keys of small order", assignedValue, "$1.1")],
      "canonical-border": [becomes("the border of canonical keys", numeral, "0xff")],
      "key-base64": [never("the base64 of a key")],
      "signature-valid": [becomes("the signature", returned, "true || $0")],
      "key-line-length": [never("the length of a key's line")],
      "key-tag": [never("the tag of a key's line")],
      "key-comment": [never("the comment of a key")],
      "comment-length": [never("the length of a comment")],
      "comment-control": [never("control characters in a comment")],
      "comment-surrogate": [never("half characters in a comment")],
      "comment-spaces": [never("spaces around a comment")],
    },
  },
  {
    name: "freshness",
    tests: ["freshness"],
    checks: {
      "time-nan": [never("times that are no numbers")],
      "life-negative": [never("a life of no time")],
      "life-length": [never("a long life")],
      "life-limit": [becomes("the longest life of all", initialValue, "$2")],
      "issued-future": [never("a time of issue in the future")],
      "expired": [never("the time of expiry")],
      "replay-floor": [never("the floor")],
      "clock-behind": [never("a clock that is behind")],
    },
  },
  {
    name: "command-pattern",
    tests: ["command_pattern"],
    checks: {
      "pattern-form": [never("the form of the program")],
      "pattern-program": [
        withoutOperand("that the program is found", 1),
        withoutOperand("the program", 2),
      ],
      "pattern-count": [
        becomes("how many words there are", whenFalse, "false"),
        becomes("that there are enough words", whenTrue, "false"),
      ],
      "pattern-words": [becomes("the words", arrowBody, "true")],
      "program-name": [never("programs without a name")],
      "program-nul": [never("NUL in programs")],
      "program-relative": [never("relative programs")],
      "program-parts": [
        withoutOperand("empty parts of paths", 1),
        withoutOperand("the part .", 2),
        withoutOperand("the part ..", 3),
      ],
      "pattern-rest": [never("** in the middle")],
      "pattern-literal": [never("patterns that name no program")],
    },
  },
];
