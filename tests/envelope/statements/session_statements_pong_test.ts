import { match, strictEqual } from "node:assert/strict";
import { decodeUtf8, encodeUtf8 } from "../../../lib/base/bytes.ts";
import { decodeBody, encodeBody } from "../../../lib/envelope/signing/payload_type.ts";
import { pongType, type SignedPong } from "../../../lib/envelope/statements/session_statements.ts";
import { assertEnvelopeError } from "../../support/envelope_fixtures.ts";

const pong: SignedPong = { v: 1, nonce: "a".repeat(64), name: "web1", clockMs: 1_790_000_000_000 };

Deno.test("a pong is written with its fields in order", () => {
  strictEqual(decodeUtf8(encodeBody(pong, pongType)), JSON.stringify(pong));
});

Deno.test("a pong refuses fields beyond their bounds", () => {
  const hostile: readonly (readonly [Readonly<Record<string, unknown>>, RegExp])[] = [
    [{ v: 2 }, /pong\.v/],
    [{ nonce: "a".repeat(63) }, /pong\.nonce/],
    [{ nonce: "A".repeat(64) }, /pong\.nonce/],
    [{ name: "ALL" }, /pong\.name/],
    [{ name: "a\u001b[2J" }, /pong\.name/],
    [{ clockMs: -1 }, /pong\.clockMs/],
    [{ clockMs: 0.5 }, /pong\.clockMs/],
    [{ clockMs: undefined }, /no field "clockMs"/],
    [{ more: 1 }, /unknown field "more"/],
  ];
  for (const [changes, message] of hostile) {
    const bytes = encodeUtf8(JSON.stringify({ ...pong, ...changes }));
    match(assertEnvelopeError("body", () => decodeBody(bytes, pongType)), message);
  }
});
