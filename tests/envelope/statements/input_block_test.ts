import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { concat, encodeUtf8 } from "../../../lib/base/bytes.ts";
import {
  InputChain,
  type InputPrefix,
  isInputPrefixSigned,
  signInputPrefix,
} from "../../../lib/envelope/statements/input_block.ts";
import { alice, bob } from "../../support/envelope_fixtures.ts";
const id = "a".repeat(32);
const [first, second] = [encodeUtf8("hello"), encodeUtf8(" world")];

Deno.test("InputChain counts and hashes all input from its start", () => {
  const one = new InputChain(7).plus(first);
  const two = one.plus(second);
  assert.deepEqual(one.prefix, {
    start: 7,
    bytes: 5,
    sha256: hash("sha256", first, "hex"),
    ended: false,
  });
  const sha256 = hash("sha256", concat([first, second]), "hex");
  assert.deepEqual(two.prefix, { start: 7, bytes: 11, sha256, ended: false });
  assert.equal(two.end, 18);
  assert.deepEqual(two.plus(new Uint8Array()).prefix, { ...two.prefix, ended: true });
  assert.deepEqual(one.plus(second).prefix, two.prefix, "a chain does not change");
});

const prefix = new InputChain(7).plus(first).prefix;
const signature = signInputPrefix(id, prefix, alice);

Deno.test("isInputPrefixSigned accepts what signInputPrefix has signed", () => {
  assert.equal(signature.length, 64);
  assert.ok(isInputPrefixSigned(id, { ...prefix, signature }, alice.publicKey));
});

const CHANGES: readonly (readonly [name: string, change: Partial<InputPrefix>])[] = [
  ["another start", { start: 8 }],
  ["another length", { bytes: 4 }],
  ["other bytes", { sha256: hash("sha256", "hellO", "hex") }],
  ["the end of the input", { ended: true }],
];

Deno.test("isInputPrefixSigned refuses anything else under that signature", () => {
  for (const [name, change] of CHANGES) {
    const changed = { ...prefix, ...change, signature };
    assert.equal(isInputPrefixSigned(id, changed, alice.publicKey), false, name);
  }
  const unsigned = { ...prefix, signature: new Uint8Array(64) };
  assert.equal(isInputPrefixSigned(id, unsigned, alice.publicKey), false);
});

Deno.test("isInputPrefixSigned refuses another key, and input of another request", () => {
  assert.equal(isInputPrefixSigned(id, { ...prefix, signature }, bob.publicKey), false);
  assert.equal(
    isInputPrefixSigned("b".repeat(32), { ...prefix, signature }, alice.publicKey),
    false,
  );
});
