import assert from "node:assert/strict";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import { EnvelopeError } from "../../../lib/envelope/errors.ts";
import { decodeHubMessage, encodeHubMessage } from "../../../lib/protocol/agent/messages.ts";
import { decodeCall, encodeCall } from "../../../lib/protocol/operator/calls.ts";
import { decodeReply, encodeReply } from "../../../lib/protocol/operator/replies.ts";
import {
  agreeProtocol,
  CAPABILITIES,
  neededCapabilities,
  OLDEST_PROTOCOL,
  outdatedText,
  PROTOCOL,
  type RequestFeatures,
} from "../../../lib/protocol/session/version.ts";
import { bareRequest, request, withPrototypes } from "../../support/envelope_fixtures.ts";

const nonce = "5".repeat(64);

Deno.test("agreeProtocol() returns the smaller number, and none for a peer that is too old", () => {
  assert.equal(agreeProtocol(PROTOCOL), PROTOCOL);
  assert.equal(agreeProtocol(PROTOCOL + 1), PROTOCOL);
  assert.equal(agreeProtocol(OLDEST_PROTOCOL), OLDEST_PROTOCOL);
  assert.equal(agreeProtocol(OLDEST_PROTOCOL - 1), undefined);
  assert.equal(agreeProtocol(undefined), undefined);
});

Deno.test("neededCapabilities() names what an agent needs for a request", () => {
  const rows: readonly (readonly [RequestFeatures, readonly string[]])[] = [
    [request, []],
    [bareRequest, ["survive"]],
    [{ hold: true }, ["hold"]],
    [{ survive: true }, ["survive"]],
    [{ survive: false }, []],
    [{ undo: { command: "true", withinMs: 1_000 } }, ["undo"]],
    [{ splayMs: 1 }, ["splay"]],
    [{ secrets: {} }, ["secrets"]],
    [{ input: {} }, ["input"]],
    [{ input: {}, survive: true, splayMs: 1 }, ["input", "splay", "survive"]],
  ];
  for (const [features, needed] of rows) assert.deepEqual(neededCapabilities(features), needed);
  const tested = new Set(rows.flatMap(([, needed]) => needed));
  assert.deepEqual([...tested].sort(), CAPABILITIES);
});

Deno.test("outdatedText() says what to upgrade", () => {
  assert.equal(
    outdatedText("nanoexec", "0.1.0"),
    "nanoexec 0.1 is too old: upgrade it to 0.2",
  );
});

/** Each first message of a later protocol, with fields that this one does not know. */
const LATER: readonly (readonly [string, (bytes: Uint8Array) => Uint8Array, string])[] = [
  [
    "welcome",
    (bytes) => {
      const message = decodeHubMessage(bytes);
      assert.equal(message.kind === "welcome" && message.protocol, 3);
      return encodeHubMessage(message);
    },
    `{"kind":"welcome","nonce":"${nonce}","version":"0.3.0","protocol":3,"capabilities":["new"]`,
  ],
  [
    "hello of an operator",
    (bytes) => encodeCall(decodeCall(bytes)),
    `{"kind":"hello","version":"0.3.0","protocol":3,"capabilities":[]`,
  ],
  [
    "greeting",
    (bytes) => encodeReply(decodeReply(bytes))[0] ?? new Uint8Array(),
    `{"kind":"greeting","version":"0.3.0","nonce":"${nonce}","login":true,"protocol":3,` +
    `"capabilities":["undo"]`,
  ],
];

for (const [name, recode, start] of LATER) {
  Deno.test(`an unknown field of a ${name} is kept and bounded`, () => {
    for (const more of ["", `,"a":"x","b":1.5,"c":["y"],"d":true`, `,"__proto__":"z"`]) {
      const bytes = encodeUtf8(`${start}${more}}`);
      assert.deepEqual(recode(bytes), bytes);
    }
    const names = Array.from({ length: 33 }, (_, index) => `,"n${index}":1`);
    const refused = [
      `,"a":{"b":1}`,
      `,"a":null`,
      `,"a":[[]]`,
      `,"a":"${"x".repeat(1_025)}"`,
      `,"a":1.0`,
      `,"a":1,"a":1`,
      names.join(""),
    ];
    for (const more of refused) {
      assert.throws(() => recode(encodeUtf8(`${start}${more}}`)), EnvelopeError, more);
    }
  });
}

Deno.test("an unknown field elsewhere is refused", () => {
  const ping = encodeUtf8(`{"kind":"ping","more":1}`);
  assert.throws(() => decodeHubMessage(ping), EnvelopeError);
});

Deno.test("a capability is a short name in lower case", () => {
  const welcome = { kind: "welcome", nonce, version: "0.2.0", protocol: 2 } as const;
  const message = { ...welcome, capabilities: ["undo", "later-one"] };
  assert.deepEqual(withPrototypes(decodeHubMessage(encodeHubMessage(message))), message);
  for (const name of ["", "Undo", "1a", "a b", "a".repeat(33)]) {
    assert.throws(() => encodeHubMessage({ ...welcome, capabilities: [name] }), EnvelopeError);
  }
});
