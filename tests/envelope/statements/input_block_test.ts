import assert from "node:assert/strict";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import {
  type InputBlock,
  isInputBlockSigned,
  MAX_INPUT_BLOCK_BYTES,
  signInputBlock,
} from "../../../lib/envelope/statements/input_block.ts";
import { alice, bob } from "../../support/envelope_fixtures.ts";
const id = "a".repeat(32);
const block: InputBlock = signInputBlock(id, { offset: 7, bytes: encodeUtf8("hello") }, alice);

Deno.test("isSigned believes what signBlock has signed", () => {
  assert.ok(isInputBlockSigned(id, block, alice.publicKey));
  assert.deepEqual([block.offset, block.bytes, block.signature.length], [
    7,
    encodeUtf8("hello"),
    64,
  ]);
  for (const bytes of [new Uint8Array(), new Uint8Array(MAX_INPUT_BLOCK_BYTES)]) {
    assert.ok(
      isInputBlockSigned(id, signInputBlock(id, { offset: 0, bytes }, alice), alice.publicKey),
    );
  }
});

const CHANGES: readonly (readonly [name: string, change: Partial<InputBlock>])[] = [
  ["another place", { offset: 8 }],
  ["other bytes", { bytes: encodeUtf8("hellO") }],
  ["fewer bytes", { bytes: encodeUtf8("hell") }],
  ["the end of the input", { bytes: new Uint8Array() }],
  ["no signature", { signature: new Uint8Array(64) }],
];

Deno.test("isSigned does not believe anything else under that signature", () => {
  for (const [name, change] of CHANGES) {
    assert.equal(isInputBlockSigned(id, { ...block, ...change }, alice.publicKey), false, name);
  }
});

Deno.test("isSigned does not believe another key, or a block of another request", () => {
  assert.equal(isInputBlockSigned(id, block, bob.publicKey), false);
  assert.equal(isInputBlockSigned("b".repeat(32), block, alice.publicKey), false);
});
