/** Bounds that only a second check would hold otherwise. */

import assert from "node:assert/strict";
import { MAX_BODY_BYTES } from "../../lib/envelope/container.ts";
import { decodeBody, encodeBody, payloadType } from "../../lib/envelope/payload_type.ts";
import { commentProblem } from "../../lib/envelope/public_key.ts";
import { object, text } from "../../lib/envelope/schema.ts";
import { utf8 } from "../../lib/base/bytes.ts";
import { refusal } from "./fixtures.ts";

const noteType = payloadType("note", object<{ s: string }>({ s: text({ maxBytes: 1e9 }) }));

Deno.test("encodeBody and decodeBody refuse more than the longest body", {
  permissions: "none",
}, () => {
  const fitting = { s: "x".repeat(MAX_BODY_BYTES - '{"s":""}'.length) };
  assert.equal(encodeBody(fitting, noteType).length, MAX_BODY_BYTES);
  const long = { s: `${fitting.s}x` };
  refusal("body", () => encodeBody(long, noteType));
  refusal("body", () => decodeBody(utf8(JSON.stringify(long)), noteType));
});

Deno.test("commentProblem finds spaces around a comment", { permissions: "none" }, () => {
  for (const comment of [" a", "a ", "\u00a0a"]) {
    assert.equal(commentProblem(comment), "comment begins or ends with a space");
  }
  assert.equal(commentProblem("a b"), undefined);
});
