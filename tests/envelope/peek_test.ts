import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { cancelType } from "../../lib/envelope/directive.ts";
import { decodeEnvelope, encodeEnvelope } from "../../lib/envelope/container.ts";
import { open } from "../../lib/envelope/open.ts";
import { peek } from "../../lib/envelope/peek.ts";
import { requestType } from "../../lib/envelope/request.ts";
import { seal } from "../../lib/envelope/seal.ts";
import { alice, bob, plain, refusal, request, trusting } from "./fixtures.ts";

const sealed = seal(requestType, request, [alice, bob]);

Deno.test("peek reads what open would, without a key", { permissions: "none" }, () => {
  const { claimed, digest, keyids } = peek(sealed, requestType);
  deepStrictEqual(plain(claimed), request);
  strictEqual(digest, open(sealed, { payloadType: requestType, keys: trusting(bob) }).digest);
  deepStrictEqual(keyids, [alice.publicKey.keyid, bob.publicKey.keyid]);
});

Deno.test("peek verifies no signature, but the form", { permissions: "none" }, () => {
  const envelope = decodeEnvelope(sealed);
  const forged = [{ keyid: "0".repeat(64), sig: new Uint8Array(64) }];
  peek(encodeEnvelope({ ...envelope, signatures: forged }), requestType);
  refusal("type", () => peek(sealed, cancelType));
  refusal("container", () => peek(sealed.subarray(1), requestType));
  const payload = Uint8Array.of(0x7b, 0x7d);
  refusal("body", () => peek(encodeEnvelope({ ...envelope, payload }), requestType));
});
