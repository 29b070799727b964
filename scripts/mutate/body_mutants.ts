/**
 * The checks of `lib/envelope` on the form of bodies.
 * @module
 */

import { becomes, type CheckGroup, never, removed, rewritten, withoutOperand } from "./mutant.ts";
import {
  argument,
  arrowBody,
  assignedValue,
  call,
  condition,
  initialValue,
  property,
  returned,
  valueOf,
} from "./selector.ts";

/** Schemas, and the fields of requests and results. */
export const BODY: readonly CheckGroup[] = [
  {
    name: "schema",
    tests: ["schema", "canonical_json", "request"],
    checks: {
      "literal-value": [never("a literal")],
      "word-choice": [never("one of some words")],
      "boolean-type": [never("true or false")],
      "integer-range": [
        withoutOperand("whole numbers", 1),
        withoutOperand("the least number", 2),
        withoutOperand("the greatest number", 3),
      ],
      "text-type": [never("that a text is a text")],
      "text-least": [never("the least length of texts")],
      "text-greatest": [never("the length of texts")],
      "text-surrogate": [never("half characters")],
      "text-nul": [never("NUL")],
      "text-pattern": [never("the form of texts")],
      "hex-digits": [withoutOperand("hex digits", 2)],
      "hex-pattern": [
        rewritten("the beginning of hex digits", /`\^/, "`"),
        rewritten("the end of hex digits", /\$`/, "`"),
      ],
      "base64-form": [never("base64")],
      "base64-length": [
        withoutOperand("the least length of base64", 1),
        withoutOperand("the length of base64", 2),
      ],
      "list-type": [never("that a list is a list")],
      "list-length": [
        withoutOperand("the least length of lists", 1),
        withoutOperand("the length of lists", 2),
      ],
      "record-size": [removed("how many names there are")],
      "record-name": [removed("the form of names")],
      "record-order": [becomes("the order of names", initialValue, "$1.1")],
      "record-value": [becomes("the values of a record", assignedValue, "$2 as T")],
      "unknown-field": [never("unknown fields")],
      "missing-field": [never("fields that must be there")],
      "unknown-variant": [never("unknown variants")],
      "value-rule": [never("rules on whole values")],
      "object-type": [
        withoutOperand("null for an object", 2),
        withoutOperand("lists for an object", 3),
      ],
    },
  },
  {
    name: "body-fields",
    tests: ["body_fields", "request", "result"],
    checks: {
      "user-name": [
        rewritten("the beginning of user names", /\[A-Za-z_\]/, "[A-Za-z_0-9#-]"),
        rewritten("the end of user names", /\$\//, "/"),
      ],
      "request-id": [becomes("the form of ids", initialValue, "text({ maxBytes: 99 })")],
      "time-range": [
        becomes("times before 1970", argument(1), "-1e15"),
        becomes("times after 9999", call(), "$1($2)"),
      ],
      "target-spelling": [becomes("the spelling of targets", condition, "false")],
      "note-length": [becomes("the length of notes", valueOf("maxBytes"), "2_000")],
    },
  },
  {
    name: "directive",
    tests: ["directive_gate"],
    checks: {
      "release-request": [becomes("that a release names its request", condition, "false")],
    },
  },
  {
    name: "result",
    tests: ["result"],
    checks: {
      "input-proof": [becomes("the proof of the input", arrowBody, "undefined")],
      "result-times": [becomes("that it ends after it begins", condition, "$1 < 0")],
    },
  },
  {
    name: "request",
    tests: ["request", "hostile_body"],
    checks: {
      "request-version": [becomes("the version", valueOf(), "integer(0)")],
      "request-user": [removed("the form of user names", property("pattern"))],
      "request-folder": [
        removed("the beginning of folders", property("pattern")),
        becomes("the length of folders", valueOf("maxBytes"), "40_960"),
      ],
      "variable-name": [becomes("the form of variables", valueOf(), "/^/")],
      "variable-length": [becomes("the length of variables", valueOf("maxBytes"), "327_680")],
      "variable-count": [becomes("how many variables there are", valueOf(), "1_280")],
      "stdin-length": [becomes("the length of stdin", valueOf("max"), "1e9")],
      "time-limit": [
        becomes("a time limit of nothing", argument(1), "0"),
        becomes("long time limits", call(), "$1($2)"),
      ],
      "output-limit": [
        becomes("negative output limits", call(2), "$1(-9, $3)"),
        becomes("large output limits", call(2), "$1($2)"),
      ],
      "request-mode": [becomes("the mode", call(), '$1($2, $3, "force" as "run")')],
      "word-count": [
        becomes("that there are words", valueOf("min"), "0"),
        becomes("how many words there are", valueOf("max"), "1e9"),
      ],
      "shell-text": [
        removed("that a shell has a command", property("min")),
        becomes("the length of shell commands", valueOf("maxBytes"), "1e9"),
      ],
      "program-named": [becomes("programs without a name", returned, "$3")],
      "words-length": [becomes("the length of all words", condition, "$1 > 1e9")],
    },
  },
];
