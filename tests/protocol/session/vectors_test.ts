/**
 * The stored messages of each protocol that this program speaks: they are read, and written again as
 * the same bytes. Run with `-- --update` to store the messages of a protocol that is not released.
 */
import assert from "node:assert/strict";
import { concat } from "../../../lib/base/bytes.ts";
import { encodeBody, type PayloadType } from "../../../lib/envelope/signing/payload_type.ts";
import { verifyEnvelope } from "../../../lib/envelope/signing/verify_envelope.ts";
import { cancelType, confirmType } from "../../../lib/envelope/statements/directive.ts";
import { requestType } from "../../../lib/envelope/statements/request.ts";
import { resultType } from "../../../lib/envelope/statements/result.ts";
import {
  helloType,
  loginType,
  pongType,
} from "../../../lib/envelope/statements/session_statements.ts";
import {
  decodeAgentMessage,
  decodeHubMessage,
  encodeAgentMessage,
  encodeHubMessage,
} from "../../../lib/protocol/agent/messages.ts";
import { decodeCall, encodeCall } from "../../../lib/protocol/operator/calls.ts";
import { decodeReply, encodeReply } from "../../../lib/protocol/operator/replies.ts";
import { OLDEST_PROTOCOL, PROTOCOL } from "../../../lib/protocol/session/version.ts";
import { alice, lookupOf } from "../../support/envelope_fixtures.ts";
import { currentVectors } from "../../support/protocol_samples.ts";
import {
  type ProtocolVector,
  readVectors,
  vectorBytes,
  vectorFile,
} from "../../support/protocol_vectors.ts";

const protocols = Array.from(
  { length: PROTOCOL - OLDEST_PROTOCOL + 1 },
  (_, index) => OLDEST_PROTOCOL + index,
);
const isUpdate = Deno.args.includes("--update");
const current = vectorFile(PROTOCOL, "messages");
const read = protocols.map((protocol) => vectorFile(protocol, "messages"));
const permissions = { read, ...(isUpdate && { write: [current] }) };

function recode({ from, to }: ProtocolVector, bytes: Uint8Array): Uint8Array {
  if (to === "agent") return encodeHubMessage(decodeHubMessage(bytes));
  if (from === "agent") return concat(encodeAgentMessage(decodeAgentMessage(bytes)));
  if (from === "operator") return encodeCall(decodeCall(bytes));
  return concat(encodeReply(decodeReply(bytes)));
}

/** Verifies a signed message and returns the bytes of its body, written again. */
function recodeBody<T>(bytes: Uint8Array, payloadType: PayloadType<T>): Uint8Array {
  const { body } = verifyEnvelope(bytes, { payloadType, keys: lookupOf(alice) });
  return encodeBody(body, payloadType);
}

const SIGNED: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  request: (bytes) => recodeBody(bytes, requestType),
  cancel: (bytes) => recodeBody(bytes, cancelType),
  confirm: (bytes) => recodeBody(bytes, confirmType),
  hello: (bytes) => recodeBody(bytes, helloType),
  result: (bytes) => recodeBody(bytes, resultType),
  "signed pong": (bytes) => recodeBody(bytes, pongType),
  login: (bytes) => recodeBody(bytes, loginType),
};

Deno.test("the messages of this protocol are those that are stored", { permissions }, () => {
  const vectors = currentVectors();
  if (isUpdate) Deno.writeTextFileSync(current, JSON.stringify(vectors, null, 2) + "\n");
  assert.deepEqual(vectors, readVectors(PROTOCOL, "messages"));
});

for (const protocol of protocols) {
  Deno.test(`messages of protocol ${protocol} are read and written`, { permissions }, () => {
    for (const vector of readVectors(protocol, "messages")) {
      const bytes = vectorBytes(vector);
      assert.deepEqual(recode(vector, bytes), bytes, vector.name);
      const text = vector.text ?? "";
      if (!text.startsWith('{"payload":')) continue;
      const payload = Uint8Array.fromBase64(JSON.parse(text).payload);
      assert.deepEqual(SIGNED[vector.name]?.(bytes), payload, vector.name);
    }
  });
}
