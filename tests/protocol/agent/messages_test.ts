import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { concat, decodeUtf8, encodeUtf8 } from "../../../lib/base/bytes.ts";
import { EnvelopeError } from "../../../lib/envelope/errors.ts";
import { requestType } from "../../../lib/envelope/statements/request.ts";
import { MAX_SECRETS_PART_BYTES } from "../../../lib/envelope/statements/secrets.ts";
import { signEnvelope } from "../../../lib/envelope/signing/sign_envelope.ts";
import {
  type AgentMessage,
  decodeAgentMessage,
  decodeHubMessage,
  encodeAgentMessage,
  encodeHubMessage,
  type HubMessage,
} from "../../../lib/protocol/agent/messages.ts";
import {
  MAX_CHUNK,
  OUTPUT_WINDOW,
  type OutputMessage,
} from "../../../lib/protocol/agent/streams.ts";
import {
  alice,
  anyCount,
  anyHex,
  anyText,
  assertEnvelopeError,
  request,
  resultOrRefusal,
  withPrototypes,
} from "../../support/envelope_fixtures.ts";
const id = "00112233445566778899aabbccddeeff";
const envelope = signEnvelope(requestType, request, [alice]);
const anyId = anyHex(16);
const anyHost = anyText.filter((text) => text !== "");

const anyHubMessage: fc.Arbitrary<HubMessage> = fc.oneof(
  fc.record({
    kind: fc.constant("welcome" as const),
    nonce: anyHex(32),
    version: fc.constantFrom("1.0.0", "é".repeat(32), ""),
  }),
  fc.constant({ kind: "ping" as const }),
  fc.constant({ kind: "turned-away" as const }),
  fc.record({ kind: fc.constant("ping" as const), nonce: anyHex(32) }),
  fc.record({ kind: fc.constant("ack" as const), id: anyId }),
  fc.record({ kind: fc.constant("credit" as const), id: anyId, received: anyCount }),
  fc.record({
    kind: fc.constant("unsigned" as const),
    id: anyId,
    host: anyHost,
    command: anyText,
  }),
  fc.constant({ kind: "sealed" as const, envelope }),
  fc.uint8Array({ minLength: 1, maxLength: 300 })
    .map((secrets) => ({ kind: "sealed" as const, envelope, secrets })),
);

const anyOutput: fc.Arbitrary<OutputMessage> = fc.record({
  kind: fc.constant("output" as const),
  id: anyId,
  stream: fc.constantFrom("stdout", "stderr"),
  offset: anyCount,
  bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }),
});

const anyAgentMessage: fc.Arbitrary<AgentMessage> = fc.oneof(
  fc.record({ kind: fc.constantFrom("delivered" as const, "started" as const), id: anyId }),
  fc.record({ kind: fc.constant("fed" as const), id: anyId, taken: anyCount }),
  fc.record({ kind: fc.constant("enough" as const), id: anyId }),
  fc.constant({ kind: "pong" as const }),
  anyOutput,
  fc.constant({ kind: "sealed" as const, envelope }),
);

/** The same, with byte arrays as lists of numbers, for comparison. */
function comparable(message: HubMessage | AgentMessage): unknown {
  const bytes = "bytes" in message && [...message.bytes];
  const sealed = "envelope" in message && [...message.envelope];
  const secrets = "secrets" in message && [...message.secrets ?? []];
  return [withPrototypes(message), bytes, sealed, secrets];
}

/** The bytes of a message of an agent. */
function written(message: AgentMessage): Uint8Array {
  return concat(encodeAgentMessage(message));
}

Deno.test("decodeHubMessage reads what encodeHubMessage wrote", () => {
  fc.assert(fc.property(anyHubMessage, (message) => {
    const decoded = decodeHubMessage(encodeHubMessage(message));
    deepStrictEqual(comparable(decoded), comparable(message));
  }));
});

Deno.test("decodeAgentMessage reads what encodeAgentMessage wrote", () => {
  fc.assert(fc.property(anyAgentMessage, (message) => {
    const decoded = decodeAgentMessage(written(message));
    deepStrictEqual(comparable(decoded), comparable(message));
  }));
});

Deno.test("messages are read from the middle of a buffer, too", () => {
  fc.assert(fc.property(anyOutput, fc.nat(9), (message, shift) => {
    const bytes = concat([new Uint8Array(shift).fill(1), written(message)]);
    const decoded = decodeAgentMessage(bytes.subarray(shift));
    deepStrictEqual(comparable(decoded), comparable(message));
  }));
});

Deno.test("plain messages are JSON that a person can read on the wire", () => {
  strictEqual(decodeUtf8(encodeHubMessage({ kind: "ack", id })), `{"kind":"ack","id":"${id}"}`);
  strictEqual(decodeUtf8(written({ kind: "pong" })), '{"kind":"pong"}');
});

Deno.test("output is its tag, stream, id and offset, and the bytes", () => {
  const bytes = written({
    kind: "output",
    id,
    stream: "stderr",
    offset: 0x0102030405,
    bytes: encodeUtf8("hi"),
  });
  strictEqual(bytes.toHex(), `0101${id}0000000102030405` + "6869");
});

Deno.test("the longest messages fit SP's 1 MiB", () => {
  const whole = { kind: "output", id, stream: "stdout", offset: 0 } as const;
  const output = written({ ...whole, bytes: new Uint8Array(MAX_CHUNK) });
  ok(output.length < 1_048_576 && OUTPUT_WINDOW % MAX_CHUNK === 0);
  const unsigned = { kind: "unsigned", id, host: "é".repeat(126) } as const;
  const longest = encodeHubMessage({ ...unsigned, command: "\x01".repeat(131_072) });
  ok(longest.length < 1_048_576);
  deepStrictEqual(withPrototypes(decodeHubMessage(longest)), {
    ...unsigned,
    command: "\x01".repeat(131_072),
  });
});

const chunk = written({
  kind: "output",
  id,
  stream: "stdout",
  offset: 5,
  bytes: encodeUtf8("text"),
});

/** What nobody sends: from nothing at all to messages of the other side. */
const FROM_AGENT: readonly (readonly [string, Uint8Array])[] = [
  ["nothing", new Uint8Array()],
  ["a text", encodeUtf8("hello")],
  ["JSON of something else", encodeUtf8("{}")],
  ["an unknown kind", encodeUtf8('{"kind":"hello"}')],
  ["a hub's message", encodeHubMessage({ kind: "ping" })],
  ["a hub's message with an id", encodeHubMessage({ kind: "ack", id })],
  ["a space in front", encodeUtf8(` {"kind":"pong"}`)],
  ["a byte order mark in front", encodeUtf8('\ufeff{"kind":"pong"}')],
  ["a space within", encodeUtf8('{"kind": "pong"}')],
  ["something behind", encodeUtf8('{"kind":"pong"}\n')],
  ["a field too many", encodeUtf8('{"kind":"pong","id":1}')],
  ["a field twice", encodeUtf8(`{"kind":"delivered","kind":"delivered","id":"${id}"}`)],
  ["fields in another order", encodeUtf8(`{"id":"${id}","kind":"delivered"}`)],
  ["an id in capitals", encodeUtf8(`{"kind":"delivered","id":"${id.toUpperCase()}"}`)],
  ["an id that is short", encodeUtf8(`{"kind":"delivered","id":"${id.slice(1)}"}`)],
  ["an id that is a path", encodeUtf8('{"kind":"delivered","id":"../../../../etc/passwd"}')],
  ["__proto__", encodeUtf8(`{"kind":"delivered","id":"${id}","__proto__":{}}`)],
  ["bytes that are no text", Uint8Array.of(...encodeUtf8('{"kind":"pong'), 0xff, 0x22, 0x7d)],
  ["too much of it", encodeUtf8('{"kind":"pong"' + " ".repeat(2_000) + "}")],
  ["output without bytes", chunk.subarray(0, 26)],
  ["output without offset", chunk.subarray(0, 18)],
  ["output without id", chunk.subarray(0, 2)],
  ["output without stream", chunk.subarray(0, 1)],
  ["output on a third stream", chunk.with(1, 2)],
  ["output that is too long", concat([chunk, new Uint8Array(MAX_CHUNK)])],
  ["another tag", chunk.with(0, 2)],
];

for (const [title, bytes] of FROM_AGENT) {
  Deno.test(`decodeAgentMessage refuses ${title}`, () => {
    assertEnvelopeError("body", () => decodeAgentMessage(bytes));
  });
}

/** Likewise for hubs. */
const FROM_HUB: readonly (readonly [string, Uint8Array])[] = [
  ["an agent's message", written({ kind: "pong" })],
  ["output", chunk],
  ["a nonce that is short", encodeUtf8('{"kind":"welcome","nonce":"00","version":"1"}')],
  ["a version that is long", encodeUtf8(welcome("1".repeat(65)))],
  ["credit below nothing", encodeUtf8(`{"kind":"credit","id":"${id}","received":-1}`)],
  ["credit that is no number", encodeUtf8(`{"kind":"credit","id":"${id}","received":1e3}`)],
  [
    "more credit than there is",
    encodeUtf8(`{"kind":"credit","id":"${id}","received":9007199254740992}`),
  ],
  [
    "a command without host",
    encodeUtf8(`{"kind":"unsigned","id":"${id}","host":"","command":"x"}`),
  ],
  ["a NUL", encodeUtf8(`{"kind":"unsigned","id":"${id}","host":"a","command":"\\u0000"}`)],
  [
    "half of a surrogate pair",
    encodeUtf8(`{"kind":"unsigned","id":"${id}","host":"a","command":"\\ud800"}`),
  ],
];

for (const [title, bytes] of FROM_HUB) {
  Deno.test(`decodeHubMessage refuses ${title}`, () => {
    assertEnvelopeError("body", () => decodeHubMessage(bytes));
  });
}

function welcome(version: string): string {
  return `{"kind":"welcome","nonce":"${"0".repeat(64)}","version":"${version}"}`;
}

const anyHostileBytes = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => concat([Uint8Array.of(1), bytes])),
  fc.tuple(fc.constantFrom('{"kind":', '{"payload":', '{"kind":"ack","id":'), fc.json())
    .map(([start, rest]) => encodeUtf8(start + rest)),
  fc.tuple(
    fc.oneof(anyHubMessage.map(encodeHubMessage), anyAgentMessage.map(written)),
    fc.nat(),
    fc.nat(255),
  ).map(([bytes, at, byte]) => bytes.with(at % bytes.length, byte)),
);

Deno.test("hostile bytes are refused as such, or are a message", () => {
  fc.assert(
    fc.property(anyHostileBytes, (bytes) => {
      for (const decode of [decodeAgentMessage, decodeHubMessage]) {
        const read = resultOrRefusal(() => decode(bytes));
        ok(read instanceof EnvelopeError || typeof read.kind === "string");
      }
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("no message of one side is one of the other, but for what is sealed", () => {
  fc.assert(fc.property(anyHubMessage, anyAgentMessage, (down, up) => {
    if (down.kind !== "sealed") {
      assertEnvelopeError("body", () => decodeAgentMessage(encodeHubMessage(down)));
    }
    if (up.kind !== "sealed") assertEnvelopeError("body", () => decodeHubMessage(written(up)));
  }));
});

Deno.test(
  "decodeHubMessage refuses secrets that are not behind a whole envelope",
  async (t) => {
    const good = encodeHubMessage({ kind: "sealed", envelope, secrets: encodeUtf8("x") });
    const withLength = (length: number) => {
      const bytes = Uint8Array.from(good);
      new DataView(bytes.buffer).setUint32(1, length);
      return bytes;
    };
    const hostile: Readonly<Record<string, Uint8Array>> = {
      "the tag alone": good.subarray(0, 1),
      "half of the length": good.subarray(0, 3),
      "no envelope": good.subarray(0, 5),
      "no secrets": good.subarray(0, good.length - 1),
      "a length beyond the end": withLength(envelope.length + 2),
      "the greatest length": withLength(2 ** 32 - 1),
      "no length": withLength(0),
      "no envelope in front": concat([good.subarray(0, 5), encodeUtf8("["), good.subarray(6)]),
      "too long": concat([good, new Uint8Array(MAX_SECRETS_PART_BYTES)]),
    };
    for (const [name, bytes] of Object.entries(hostile)) {
      await t.step(name, () => void assertEnvelopeError("body", () => decodeHubMessage(bytes)));
    }
  },
);
