import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { fromUtf8 } from "../../lib/base/bytes.ts";
import { cancelType } from "../../lib/envelope/directive.ts";
import { decodeEnvelope, encodeEnvelope } from "../../lib/envelope/container.ts";
import { open } from "../../lib/envelope/open.ts";
import { pae } from "../../lib/envelope/pae.ts";
import { verifySignature } from "../../lib/envelope/public_key.ts";
import { requestType } from "../../lib/envelope/request.ts";
import { cosign, seal } from "../../lib/envelope/seal.ts";
import { generateSecretKey } from "../../lib/envelope/secret_key.ts";
import vectors from "../vectors/dsse_envelope.json" with { type: "json" };
import { alice, bareRequest, bob, plain, refusal, request, trusting } from "./fixtures.ts";

Deno.test("seal signs the pre-authentication encoding with every key, in order", {
  permissions: "none",
}, () => {
  const envelope = decodeEnvelope(seal(requestType, request, [bob, alice]));
  strictEqual(envelope.payloadType, "application/vnd.nanoexec.request.v1+json");
  strictEqual(fromUtf8(envelope.payload), JSON.stringify(request));
  const message = pae(envelope.payloadType, envelope.payload);
  deepStrictEqual(
    envelope.signatures.map(({ keyid }) => keyid),
    [bob.publicKey.keyid, alice.publicKey.keyid],
  );
  for (const [index, key] of [bob, alice].entries()) {
    const signature = envelope.signatures[index]?.sig ?? new Uint8Array();
    strictEqual(verifySignature(key.publicKey, { message, signature }), true);
  }
});

Deno.test("seal writes the same bytes as ever", { permissions: "none" }, () => {
  strictEqual(fromUtf8(seal(requestType, request, [alice])), vectors.request);
  strictEqual(fromUtf8(seal(requestType, bareRequest, [alice, bob])), vectors.cosignedRequest);
});

Deno.test("seal refuses a body that nobody would accept, and no or nine keys", {
  permissions: "none",
}, () => {
  refusal("body", () => seal(requestType, { ...request, timeoutMs: 0 }, [alice]));
  refusal("container", () => seal(requestType, request, []));
  const nine = Array.from({ length: 9 }, () => generateSecretKey(""));
  refusal("container", () => seal(requestType, request, nine));
  seal(requestType, request, nine.slice(1));
});

Deno.test("cosign adds a signature that counts", { permissions: "none" }, () => {
  const single = seal(requestType, request, [alice]);
  const double = cosign(single, { payloadType: requestType, key: bob });
  deepStrictEqual(double, seal(requestType, request, [alice, bob]));
  const { signers, body } = open(double, { payloadType: requestType, keys: trusting(alice, bob) });
  deepStrictEqual(signers, [alice.publicKey, bob.publicKey]);
  deepStrictEqual(plain(body), request);
});

Deno.test("cosign by a key that has signed changes nothing", { permissions: "none" }, () => {
  const single = seal(requestType, request, [alice]);
  strictEqual(cosign(single, { payloadType: requestType, key: alice }), single);
});

Deno.test("cosign refuses a ninth signature", { permissions: "none" }, () => {
  const eight = Array.from({ length: 8 }, () => generateSecretKey(""));
  const full = seal(requestType, request, eight);
  const message = refusal(
    "container",
    () => cosign(full, { payloadType: requestType, key: alice }),
  );
  match(message, /8 signatures already/);
});

Deno.test("cosign signs nothing but a body of the expected type", { permissions: "none" }, () => {
  const envelope = decodeEnvelope(seal(requestType, request, [alice]));
  const key = bob;
  refusal("type", () => cosign(encodeEnvelope(envelope), { payloadType: cancelType, key }));
  const broken = encodeEnvelope({ ...envelope, payload: Uint8Array.of(0x7b, 0x7d) });
  refusal("body", () => cosign(broken, { payloadType: requestType, key }));
  refusal("container", () => cosign(new Uint8Array(9), { payloadType: requestType, key }));
});
