import assert from "node:assert/strict";
import fc from "fast-check";
import { concat } from "../../../lib/base/bytes.ts";
import { HandshakeError } from "../../../lib/sp/wire/errors.ts";
import { decodeHeader, encodeHeader, HEADER_LENGTH } from "../../../lib/sp/wire/handshake.ts";
import { PROTOCOL } from "../../../lib/sp/wire/protocol.ts";
import { hex } from "../../support/sp/raw_peer.ts";

Deno.test("encodeHeader gives the bytes that each role was seen to send", () => {
  assert.deepEqual(encodeHeader(PROTOCOL.pub), hex("00 53 50 00 00 20 00 00"));
  assert.deepEqual(encodeHeader(PROTOCOL.sub), hex("00 53 50 00 00 21 00 00"));
  assert.deepEqual(encodeHeader(PROTOCOL.surveyor), hex("00 53 50 00 00 62 00 00"));
  assert.deepEqual(encodeHeader(PROTOCOL.respondent), hex("00 53 50 00 00 63 00 00"));
});

Deno.test("decodeHeader reads what encodeHeader writes, whatever follows", () => {
  fc.assert(fc.property(fc.nat(0xffff), fc.uint8Array(), (id, rest) => {
    assert.equal(encodeHeader(id).length, HEADER_LENGTH);
    assert.equal(decodeHeader(concat([encodeHeader(id), rest])), id);
  }));
});

Deno.test("decodeHeader waits for every header that is not whole", () => {
  const header = encodeHeader(0x640);
  for (let length = 0; length < HEADER_LENGTH; length++) {
    assert.equal(decodeHeader(header.subarray(0, length)), undefined);
  }
});

Deno.test("decodeHeader refuses at the first wrong byte", () => {
  const good = encodeHeader(0x21);
  const places = fc.constantFrom(0, 1, 2, 3, 6, 7);
  fc.assert(fc.property(places, fc.integer({ min: 1, max: 255 }), (place, change) => {
    const bad = good.map((byte, index) => index === place ? byte ^ change : byte);
    assert.equal(decodeHeader(bad.subarray(0, place)), undefined);
    assert.throws(() => decodeHeader(bad.subarray(0, place + 1)), HandshakeError);
    assert.throws(() => decodeHeader(bad), HandshakeError);
  }));
});

Deno.test("decodeHeader throws nothing but HandshakeError", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 12 }), (input) => {
    try {
      const id = decodeHeader(input);
      assert.ok(id === undefined || id <= 0xffff);
    } catch (error) {
      assert.ok(error instanceof HandshakeError);
      assert.equal(error.peer, undefined);
    }
  }));
});
