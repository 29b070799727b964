import { deepStrictEqual, match } from "node:assert/strict";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import { decodeBody, encodeBody } from "../../../lib/envelope/signing/payload_type.ts";
import { type Request, requestType } from "../../../lib/envelope/statements/request.ts";
import {
  alice,
  assertEnvelopeError,
  request,
  withPrototypes,
} from "../../support/envelope_fixtures.ts";

Deno.test("a request accepts streamed input in the place of stdin", () => {
  const { stdin: _stdin, ...others } = request;
  for (const from of ["start", "anywhere"] as const) {
    const asked = { ...others, input: { key: alice.publicKey.base64, from } };
    const bytes = encodeBody<Request>(asked, requestType);
    deepStrictEqual(withPrototypes(decodeBody(bytes, requestType)), asked);
  }
});

Deno.test("a request refuses every other streamed input", async (t) => {
  const input = { key: alice.publicKey.base64, from: "start" };
  const hostile: readonly (readonly [string, Readonly<Record<string, unknown>>, RegExp])[] = [
    ["beside stdin", { stdin: "", input }, /both stdin and input/],
    ["without a key", { input: { ...input, key: undefined } }, /no field "key"/],
    ["with a short key", { input: { ...input, key: "AAAA" } }, /request\.input\.key/],
    ["with a weak key", { input: { ...input, key: WEAK_KEY } }, /small order/],
    ["from elsewhere", { input: { ...input, from: "end" } }, /request\.input\.from/],
    ["as text", { input: "" }, /request\.input/],
    ["with more", { input: { ...input, zz: 1 } }, /unknown field "zz"/],
  ];
  for (const [name, changes, message] of hostile) {
    await t.step(name, () => {
      const body = { ...request, stdin: undefined, ...changes };
      match(
        assertEnvelopeError(
          "body",
          () => decodeBody(encodeUtf8(JSON.stringify(body)), requestType),
        ),
        message,
      );
    });
  }
});

/** A point of small order. */
const WEAK_KEY = new Uint8Array(32).toBase64();
