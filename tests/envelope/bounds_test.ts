/** Bounds that only a second check would hold otherwise. */

import assert from "node:assert/strict";
import { MAX_BODY_BYTES } from "../../lib/envelope/signing/dsse_envelope.ts";
import {
  decodeBody,
  definePayloadType,
  encodeBody,
} from "../../lib/envelope/signing/payload_type.ts";
import { checkComment } from "../../lib/envelope/keys/public_key.ts";
import { object, text } from "../../lib/envelope/encoding/schema.ts";
import { encodeUtf8 } from "../../lib/base/bytes.ts";
import { assertEnvelopeError } from "../support/envelope_fixtures.ts";

const noteType = definePayloadType("note", object<{ s: string }>({ s: text({ maxBytes: 1e9 }) }));

Deno.test("encodeBody and decodeBody refuse more than the longest body", () => {
  const fitting = { s: "x".repeat(MAX_BODY_BYTES - '{"s":""}'.length) };
  assert.equal(encodeBody(fitting, noteType).length, MAX_BODY_BYTES);
  const long = { s: `${fitting.s}x` };
  assertEnvelopeError("body", () => encodeBody(long, noteType));
  assertEnvelopeError("body", () => decodeBody(encodeUtf8(JSON.stringify(long)), noteType));
});

Deno.test("checkComment finds spaces around a comment", () => {
  for (const comment of [" a", "a ", "\u00a0a"]) {
    assert.equal(checkComment(comment), "comment begins or ends with a space");
  }
  assert.equal(checkComment("a b"), undefined);
});
