import assert from "node:assert/strict";
import {
  AddressError,
  FrameError,
  HandshakeError,
  SpError,
  TransportError,
} from "../../../lib/sp/wire/errors.ts";

Deno.test("errors of lib/sp are one family, and each has its name", () => {
  const cause = new Error("below");
  const rows: readonly (readonly [SpError, string, string])[] = [
    [new SpError("odd"), "SpError", "odd"],
    [new AddressError("x:1", "it is odd"), "AddressError", 'cannot use URL "x:1": it is odd'],
    [new TransportError("refused", "ECONNREFUSED", { cause }), "TransportError", "refused"],
    [new HandshakeError("wrong", { peer: 0x30, cause }), "HandshakeError", "wrong"],
    [new FrameError("too long"), "FrameError", "too long"],
  ];
  for (const [error, name, message] of rows) {
    assert.ok(error instanceof SpError);
    assert.equal(`${error}`, `${name}: ${message}`);
  }
});

Deno.test("errors of lib/sp carry what callers ask for", () => {
  const cause = new Error("below");
  assert.equal(new AddressError("x:1", "odd").url, "x:1");
  assert.equal(new TransportError("refused", "ECONNREFUSED", { cause }).code, "ECONNREFUSED");
  assert.equal(new TransportError("refused", "ECONNREFUSED", { cause }).cause, cause);
  assert.equal(new HandshakeError("wrong", { peer: 0x30, cause }).peer, 0x30);
  assert.equal(new HandshakeError("wrong", { cause }).cause, cause);
  assert.equal(new HandshakeError("wrong").peer, undefined);
});
