import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { decodeUtf8, encodeUtf8 } from "../../../lib/base/bytes.ts";
import { cancelType, type Directive } from "../../../lib/envelope/statements/directive.ts";
import { verifyEnvelope } from "../../../lib/envelope/signing/verify_envelope.ts";
import { decodeBody, encodeBody } from "../../../lib/envelope/signing/payload_type.ts";
import { signEnvelope } from "../../../lib/envelope/signing/sign_envelope.ts";
import {
  alice,
  anyHex,
  anyTarget,
  anyText,
  anyTime,
  assertEnvelopeError,
  cancel,
  lookupOf,
  withPrototypes,
} from "../../support/envelope_fixtures.ts";

Deno.test("a cancel is written with its fields in order", () => {
  strictEqual(decodeUtf8(encodeBody(cancel, cancelType)), JSON.stringify(cancel));
});

Deno.test("any cancel is opened as it was sealed", () => {
  const anyCancel: fc.Arbitrary<Directive> = fc.record<Directive>({
    v: fc.constant(1),
    id: anyHex(16),
    issued: anyTime,
    expires: anyTime,
    target: anyTarget,
    job: anyHex(16),
    note: anyText,
  }, { requiredKeys: ["v", "id", "issued", "expires", "target", "job"] });
  fc.assert(fc.property(anyCancel, (any) => {
    const sealed = signEnvelope(cancelType, any, [alice]);
    const opened = verifyEnvelope(sealed, { payloadType: cancelType, keys: lookupOf(alice) });
    deepStrictEqual(withPrototypes(opened.body), withPrototypes(any));
  }));
});

Deno.test("a cancel refuses fields beyond their bounds", async (t) => {
  const hostile: readonly (readonly [string, Readonly<Record<string, unknown>>, RegExp])[] = [
    ["version 2", { v: 2 }, /cancel\.v/],
    ["bad id", { id: "x" }, /cancel\.id/],
    ["issued as text", { issued: "0" }, /cancel\.issued/],
    ["expires as fraction", { expires: 0.1 }, /cancel\.expires/],
    ["target not canonical", { target: "(ALL)" }, /cancel\.target/],
    ["no job", { job: undefined }, /no field "job"/],
    ["job that is a path", { job: "../../etc/passwd" }, /cancel\.job/],
    ["job in upper case", { job: "A".repeat(32) }, /cancel\.job/],
    ["long note", { note: "a".repeat(201) }, /cancel\.note/],
    ["field of a request", { zrun: {} }, /unknown field/],
  ];
  for (const [name, changes, message] of hostile) {
    await t.step(name, () => {
      const bytes = encodeUtf8(JSON.stringify({ ...cancel, ...changes }));
      match(assertEnvelopeError("body", () => decodeBody(bytes, cancelType)), message);
    });
  }
});
