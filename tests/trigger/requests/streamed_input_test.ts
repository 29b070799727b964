import assert from "node:assert/strict";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import {
  InputChain,
  isInputPrefixSigned,
  MAX_INPUT_BLOCK_BYTES,
} from "../../../lib/envelope/statements/input_block.ts";
import { readUnverified } from "../../../lib/envelope/signing/unverified_envelope.ts";
import { publicKeyFromBase64 } from "../../../lib/envelope/keys/public_key.ts";
import { requestType } from "../../../lib/envelope/statements/request.ts";
import { parseTarget } from "../../../lib/nodeset/mod.ts";
import type { ByteSource } from "../../../lib/trigger/requests/input_signer.ts";
import { prepareStreamed, type RequestSpec } from "../../../lib/trigger/requests/submission.ts";
import { alice } from "../../support/envelope_fixtures.ts";
const NEVER = new AbortController().signal;

const spec: RequestSpec = {
  target: parseTarget("web1"),
  lifeMs: 60_000,
  run: { kind: "argv", argv: ["cat"] },
  timeoutMs: 5_000,
  mode: "run",
};

const source: ByteSource = {
  seekable: true,
  read(offset, maxBytes) {
    assert.equal(maxBytes, MAX_INPUT_BLOCK_BYTES);
    return Promise.resolve(encodeUtf8("hello").subarray(offset));
  },
};

function inputOf({ message }: ReturnType<typeof prepareStreamed>) {
  assert.ok(message.kind === "sealed");
  return readUnverified(message.envelope, requestType).claimed.input;
}

Deno.test(
  "prepareStreamed signs a key with the request, and each block with that key",
  async () => {
    const order = prepareStreamed(spec, [alice], { source });
    const asked = inputOf(order);
    assert.equal(asked?.from, "start");
    assert.equal(order.input.seekable, true);
    assert.equal(order.input.startOf, undefined);
    const key = publicKeyFromBase64(asked?.key ?? "");
    let chain = new InputChain(0);
    for (const [offset, bytes] of [[0, "hello"], [5, ""]] as const) {
      const block = await order.input.read({ start: 0, offset }, NEVER);
      assert.deepEqual([block.offset, block.bytes], [offset, encodeUtf8(bytes)]);
      chain = chain.plus(block.bytes);
      const { signature } = block;
      assert.ok(isInputPrefixSigned(order.id, { ...chain.prefix, signature }, key));
    }
  },
);

Deno.test("prepareStreamed makes a key for one request alone", () => {
  const keys = Array.from({ length: 3 }, () => inputOf(prepareStreamed(spec, [alice], { source })));
  assert.equal(new Set(keys.map((asked) => asked?.key)).size, 3);
  assert.ok(keys.every((asked) => asked?.key !== alice.publicKey.base64));
});

Deno.test(
  "prepareStreamed says that input may begin anywhere when hosts say where",
  async () => {
    const startOf = (node: string) => Promise.resolve(node.length);
    const order = prepareStreamed(spec, [alice], { source, startOf });
    assert.equal(inputOf(order)?.from, "anywhere");
    assert.equal(await order.input.startOf?.("web1"), 4);
  },
);

Deno.test("prepareStreamed reports that the input cannot be read", async () => {
  const broken: ByteSource = { ...source, read: () => Promise.reject(new Error("gone")) };
  const { input } = prepareStreamed(spec, [alice], { source: broken });
  await assert.rejects(input.read({ start: 0, offset: 0 }, NEVER), /gone/);
});
