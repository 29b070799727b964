import assert from "node:assert/strict";
import fc from "fast-check";
import { concat, encodeUtf8 } from "../../../lib/base/bytes.ts";
import { MAX_INPUT_BLOCK_BYTES } from "../../../lib/envelope/statements/input_block.ts";
import {
  decodeInput,
  encodeInput,
  type InputMessage,
} from "../../../lib/protocol/agent/streams.ts";
import { decodeHubMessage, encodeHubMessage } from "../../../lib/protocol/agent/messages.ts";
import { anyCount, anyHex, assertEnvelopeError } from "../../support/envelope_fixtures.ts";

const anyInput: fc.Arbitrary<InputMessage> = fc.record({
  kind: fc.constant("input" as const),
  id: anyHex(16),
  start: anyCount,
  offset: anyCount,
  signature: fc.uint8Array({ minLength: 64, maxLength: 64 }),
  bytes: fc.uint8Array({ maxLength: 300 }),
});

const input: InputMessage = {
  kind: "input",
  id: "00112233445566778899aabbccddeeff",
  start: 0x0a0b,
  offset: 0x0102030405,
  signature: new Uint8Array(64).fill(0xee),
  bytes: encodeUtf8("hi"),
};

Deno.test("decodeInput reads what encodeInput wrote, anywhere in a buffer", () => {
  fc.assert(fc.property(anyInput, fc.nat(9), (message, shift) => {
    const buffer = concat([new Uint8Array(shift).fill(2), encodeInput(message)]);
    const decoded = decodeInput(buffer.subarray(shift));
    assert.deepEqual(decoded, { ...message });
    assert.deepEqual(decodeHubMessage(encodeHubMessage(message)), { ...message });
  }));
});

Deno.test("encodeInput writes a tag, the id, start and offset, the signature and the bytes", () => {
  const { id } = input;
  assert.equal(
    encodeInput(input).toHex(),
    `02${id}0000000000000a0b0000000102030405${"ee".repeat(64)}6869`,
  );
});

Deno.test("the longest block fits SP's 1 MiB, and an empty one ends the input", () => {
  const longest = encodeInput({ ...input, bytes: new Uint8Array(MAX_INPUT_BLOCK_BYTES) });
  assert.ok(longest.length < 1_048_576);
  assert.equal(decodeInput(longest).bytes.length, MAX_INPUT_BLOCK_BYTES);
  assert.equal(decodeInput(encodeInput({ ...input, bytes: new Uint8Array() })).bytes.length, 0);
});

const HOSTILE: readonly (readonly [name: string, bytes: Uint8Array])[] = [
  ["nothing", new Uint8Array()],
  ["a tag alone", Uint8Array.of(2)],
  ["half a header", encodeInput(input).subarray(0, 80)],
  ["another tag", concat([Uint8Array.of(1), encodeInput(input).subarray(1)])],
  [
    "a block that is too long",
    encodeInput({ ...input, bytes: new Uint8Array(MAX_INPUT_BLOCK_BYTES + 1) }),
  ],
  ["a start beyond 2^53", encodeInput(input).fill(0xff, 17, 25)],
  ["an offset beyond 2^53", encodeInput(input).fill(0xff, 25, 33)],
];

Deno.test("decodeInput refuses what is no block", async (t) => {
  for (const [name, bytes] of HOSTILE) {
    await t.step(name, () => void assertEnvelopeError("body", () => decodeInput(bytes)));
  }
});
