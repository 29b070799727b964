import assert from "node:assert/strict";
import { utf8 } from "../../lib/base/bytes.ts";
import { type InputBlock, isSigned, MAX_BLOCK, signBlock } from "../../lib/envelope/input_block.ts";
import { alice, bob } from "./fixtures.ts";

const pure = { permissions: "none" } as const;
const id = "a".repeat(32);
const block: InputBlock = signBlock(id, { offset: 7, bytes: utf8("hello") }, alice);

Deno.test("isSigned believes what signBlock has signed", pure, () => {
  assert.ok(isSigned(id, block, alice.publicKey));
  assert.deepEqual([block.offset, block.bytes, block.signature.length], [7, utf8("hello"), 64]);
  for (const bytes of [new Uint8Array(), new Uint8Array(MAX_BLOCK)]) {
    assert.ok(isSigned(id, signBlock(id, { offset: 0, bytes }, alice), alice.publicKey));
  }
});

const CHANGES: readonly (readonly [name: string, change: Partial<InputBlock>])[] = [
  ["another place", { offset: 8 }],
  ["other bytes", { bytes: utf8("hellO") }],
  ["fewer bytes", { bytes: utf8("hell") }],
  ["the end of the input", { bytes: new Uint8Array() }],
  ["no signature", { signature: new Uint8Array(64) }],
];

Deno.test("isSigned does not believe anything else under that signature", pure, () => {
  for (const [name, change] of CHANGES) {
    assert.equal(isSigned(id, { ...block, ...change }, alice.publicKey), false, name);
  }
});

Deno.test("isSigned does not believe another key, or a block of another request", pure, () => {
  assert.equal(isSigned(id, block, bob.publicKey), false);
  assert.equal(isSigned("b".repeat(32), block, alice.publicKey), false);
});
