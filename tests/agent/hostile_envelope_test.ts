/** Hostile envelopes, sent to a running agent: rows 14 to 24 of the catalogue. */

import assert from "node:assert/strict";
import { concat, encodeUtf8 } from "../../lib/base/bytes.ts";
import { cancelType } from "../../lib/envelope/statements/directive.ts";
import {
  decodeEnvelope,
  encodeEnvelope,
  type Envelope,
  preAuthEncoding,
} from "../../lib/envelope/signing/dsse_envelope.ts";
import { helloType } from "../../lib/envelope/statements/session_statements.ts";
import { requestType } from "../../lib/envelope/statements/request.ts";
import { resultType } from "../../lib/envelope/statements/result.ts";
import { signEnvelope } from "../../lib/envelope/signing/sign_envelope.ts";
import { generateSecretKey, type SecretKey, sign } from "../../lib/envelope/keys/secret_key.ts";
import { alice, bob, cancel, hello, mallory, result } from "../support/envelope_fixtures.ts";
import { AgentFixture } from "../support/agent/agent_fixture.ts";
import { type HostileRow, ignored, refused, sendAll } from "../support/agent/hostile_messages.ts";
import { forged, trustLine } from "../support/agent/signed_request.ts";

/** The order of the group, 2^252 + 27742317777372353535851937790883648493, little-endian. */
const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/** A row that changes the JSON text of a valid envelope. */
function text(name: string, change: (json: string) => string | Uint8Array): HostileRow {
  return {
    name,
    make(agent) {
      const changed = change(new TextDecoder().decode(agent.request().bytes));
      return ignored(typeof changed === "string" ? encodeUtf8(changed) : changed, /^envelope[ .]/);
    },
  };
}

/** A row that changes a valid envelope, which stays well-formed. */
function alter(
  name: string,
  because: RegExp,
  change: (envelope: Envelope, agent: AgentFixture) => Partial<Envelope>,
): HostileRow {
  return {
    name,
    make(agent) {
      const envelope = decodeEnvelope(agent.request().bytes);
      return ignored(encodeEnvelope({ ...envelope, ...change(envelope, agent) }), because);
    },
  };
}

function signature(key: SecretKey, sig: Uint8Array): Envelope["signatures"][number] {
  return { keyid: key.publicKey.keyid, sig };
}

function signatures(count: number): (json: string) => string {
  return (json) =>
    json.replace(/\[(\{.*\})\]/, (_, one: string) => `[${new Array(count).fill(one).join(",")}]`);
}

/**
 * Returns the signature with S increased by the group's order: the same point in another encoding.
 */
function withLargeS(sig: Uint8Array): Uint8Array {
  const reversed = sig.slice(32).reverse().toHex();
  const larger = (BigInt(`0x${reversed}`) + GROUP_ORDER).toString(16).padStart(64, "0");
  return concat([sig.subarray(0, 32), Uint8Array.fromHex(larger).reverse()]);
}

function replaced(sig: Uint8Array, start: number, hex: string): Uint8Array {
  const copy = sig.slice();
  copy.set(Uint8Array.fromHex(hex), start);
  return copy;
}

const ALTERED = /^envelope has an invalid signature: altered, or signed by another key$/;
const UNKNOWN = /^envelope is not signed by a known key$/;
const OTHER_TYPE = /^envelope is not a request$/;

const CONTAINER: readonly HostileRow[] = [
  text("14: no signature", (json) => json.replace(/\[.*\]/, "[]")),
  text("14: 9 signatures", signatures(9)),
  text("14: 255 signatures", signatures(255)),
  text("14: an empty type", (json) => json.replace(requestType.name, "")),
  text("14: an empty body", (json) => json.replace(/"payload":"[^"]*"/, '"payload":""')),
  text("14: a byte more", (json) => `${json} `),
  text("14: a NUL more", (json) => `${json}\0`),
  text("14: a byte less", (json) => json.slice(0, -1)),
  text("14: two envelopes", (json) => json + json),
  text("14: a body cut short", (json) => json.replace(/"payload":"..../, '"payload":"')),
  text("14: a field more", (json) => json.replace("}", ',"x":1}')),
  text(
    "14: a field twice",
    (json) => json.replace(',"payloadType"', ',"payload":"eA==","payloadType"'),
  ),
  text("14: base64 without padding", (json) => json.replaceAll("=", "")),
  text("14: a short signature", (json) => json.replace(/"sig":"..../, '"sig":"')),
  text(
    "14: a keyid in capitals",
    (json) => json.replace(/"keyid":"\w+"/, (id) => id.toUpperCase()),
  ),
  text("14: __proto__", (json) => json.replace("}]", '}],"__proto__":{"signatures":[]}')),
  text("14: a byte order mark inside", (json) => json.replace(":", ":\ufeff")),
  text(
    "14: bytes that are not UTF-8",
    (json) => concat([encodeUtf8(json), Uint8Array.of(0xc0, 0x80)]),
  ),
  text("14: 10^5 brackets", (json) => json.replace("[", "[".repeat(100_000))),
  text(
    "14: more than the longest envelope",
    (json) => json.replace("}]", `}${" ".repeat(400_000)}]`),
  ),
];

const TYPES: readonly HostileRow[] = [
  alter("15: a type in capitals", OTHER_TYPE, () => ({
    payloadType: requestType.name.toUpperCase(),
  })),
  alter("15: a type with a suffix", OTHER_TYPE, () => ({ payloadType: `${requestType.name};v=1` })),
  alter("15: the type of version 2", OTHER_TYPE, () => ({
    payloadType: requestType.name.replace("v1", "v2"),
  })),
  text(
    "15: a space behind the type",
    (json) => json.replace(requestType.name, `${requestType.name} `),
  ),
  text(
    "15: a NUL behind the type",
    (json) => json.replace(requestType.name, `${requestType.name}\\u0000`),
  ),
  text(
    "15: a homoglyph in the type",
    (json) => json.replace(requestType.name, requestType.name.replace("e", "\u0435")),
  ),
  {
    name: "15: a body signed as a type in capitals",
    make: (agent) =>
      ignored(
        forged(
          decodeEnvelope(agent.request().bytes).payload,
          alice,
          requestType.name.toUpperCase(),
        ),
        OTHER_TYPE,
      ),
  },
  {
    name: "16: a result",
    make: () => ignored(signEnvelope(resultType, result, [alice]), OTHER_TYPE),
  },
  { name: "16: a hello", make: () => ignored(signEnvelope(helloType, hello, [alice]), OTHER_TYPE) },
  alter("16: a request as a result", OTHER_TYPE, () => ({ payloadType: resultType.name })),
  {
    name: "16: a result's body under a request's type",
    make: () => ignored(forged(JSON.stringify(result)), /^request[ .]/),
  },
  {
    name: "16: a signed cancel's body under a request's type",
    make() {
      const { payload, signatures } = decodeEnvelope(signEnvelope(cancelType, cancel, [alice]));
      return ignored(
        encodeEnvelope({ payloadType: requestType.name, payload, signatures }),
        ALTERED,
      );
    },
  },
];

const SIGNATURES: readonly HostileRow[] = [
  alter("17: a signature over the body alone", ALTERED, ({ payload }) => ({
    signatures: [signature(alice, sign(alice, payload))],
  })),
  alter("17: a signature over type and body", ALTERED, ({ payload, payloadType }) => ({
    signatures: [signature(alice, sign(alice, concat([encodeUtf8(payloadType), payload])))],
  })),
  alter("18: the border between type and body shifted", ALTERED, ({ payload, payloadType }) => {
    const shifted = `${payloadType}${new TextDecoder().decode(payload.subarray(0, 1))}`;
    const sig = sign(alice, preAuthEncoding(shifted, payload.subarray(1)));
    return { signatures: [signature(alice, sig)] };
  }),
  alter(
    "18: a type that is longer by the body's first byte",
    OTHER_TYPE,
    ({ payload, payloadType }) => ({
      payloadType: `${payloadType}{`,
      payload: payload.subarray(1),
    }),
  ),
  alter("19: S + L", ALTERED, ({ signatures: [own] }) => ({
    signatures: [signature(alice, withLargeS(own?.sig ?? new Uint8Array(64)))],
  })),
  alter("19: zeroes", ALTERED, () => ({ signatures: [signature(alice, new Uint8Array(64))] })),
  alter("19: S zeroed", ALTERED, ({ signatures: [own] }) => ({
    signatures: [signature(alice, replaced(own?.sig ?? new Uint8Array(64), 32, "00".repeat(32)))],
  })),
  alter("19: R zeroed", ALTERED, ({ signatures: [own] }) => ({
    signatures: [signature(alice, replaced(own?.sig ?? new Uint8Array(64), 0, "00".repeat(32)))],
  })),
  alter("19: a non-canonical R", ALTERED, ({ signatures: [own] }) => ({
    signatures: [
      signature(alice, replaced(own?.sig ?? new Uint8Array(64), 0, `ee${"ff".repeat(30)}7f`)),
    ],
  })),
  alter("21: alice's keyid on mallory's signature", ALTERED, ({ payload, payloadType }) => ({
    signatures: [signature(alice, sign(mallory, preAuthEncoding(payloadType, payload)))],
  })),
  alter("21: mallory's keyid on alice's signature", UNKNOWN, ({ signatures: [own] }) => ({
    signatures: [signature(mallory, own?.sig ?? new Uint8Array(64))],
  })),
  alter("21: another body under alice's signature", ALTERED, (_, agent) => ({
    payload: decodeEnvelope(agent.request({ run: { kind: "shell", command: "id" } }).bytes).payload,
  })),
  alter("23: eight wrong signatures", ALTERED, () => ({
    signatures: new Array(8).fill(signature(alice, new Uint8Array(64))),
  })),
  alter("24: the agent's own key", UNKNOWN, ({ payload, payloadType }) => {
    const agentKey = generateSecretKey("web1");
    return {
      signatures: [signature(agentKey, sign(agentKey, preAuthEncoding(payloadType, payload)))],
    };
  }),
];

Deno.test("an agent ignores malformed envelopes", async (t) => {
  await sendAll(t, CONTAINER);
});

Deno.test("an agent ignores envelopes of other types", async (t) => {
  await sendAll(t, TYPES);
});

Deno.test("an agent ignores wrong signatures", async (t) => {
  await sendAll(t, SIGNATURES);
});

Deno.test("an agent counts a signer once, however often he signs", async (t) => {
  const trust = [trustLine(alice, "alice"), trustLine(bob, "bob", "need=2")];
  const twice = (agent: AgentFixture, count: number) => {
    const { id, bytes } = agent.request({}, [bob]);
    const [own] = decodeEnvelope(bytes).signatures;
    const envelope = { ...decodeEnvelope(bytes), signatures: new Array(count).fill(own) };
    return { id, bytes: encodeEnvelope(envelope) };
  };
  await sendAll(t, [
    { name: "22: once", make: (agent) => refused(agent.request({}, [bob]), "need-more-signers") },
    { name: "22: twice", make: (agent) => refused(twice(agent, 2), "need-more-signers") },
    { name: "22: eight times", make: (agent) => refused(twice(agent, 8), "need-more-signers") },
    {
      name: "22: with a stranger",
      make: (agent) => refused(agent.request({}, [bob, mallory]), "need-more-signers"),
    },
  ], { trust });
});

Deno.test("an agent finds one good signature among seven others", async () => {
  await using agent = await AgentFixture.open();
  const { id, bytes } = agent.request();
  const envelope = decodeEnvelope(bytes);
  const junk = new Array(7).fill(signature(alice, new Uint8Array(64)));
  agent.hub.send(encodeEnvelope({ ...envelope, signatures: [...junk, ...envelope.signatures] }));
  assert.equal((await agent.hub.result(id)).outcome.kind, "exited");
  assert.deepEqual(agent.ran, [id]);
});
