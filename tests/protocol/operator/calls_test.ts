import { deepStrictEqual, ok, throws } from "node:assert/strict";
import fc from "fast-check";
import { concat, encodeUtf8 } from "../../../lib/base/bytes.ts";
import { EnvelopeError } from "../../../lib/envelope/errors.ts";
import { loginType } from "../../../lib/envelope/statements/session_statements.ts";
import { signEnvelope } from "../../../lib/envelope/signing/sign_envelope.ts";
import {
  decodeCall,
  encodeCall,
  MAX_NODE_SET_CHARS,
  type OperatorCall,
} from "../../../lib/protocol/operator/calls.ts";
import {
  alice,
  anyCount,
  anyHex,
  anyTarget,
  anyText,
  withPrototypes,
} from "../../support/envelope_fixtures.ts";
const noNullPrototype = true;
const id = anyHex(16);
const anyBase64 = fc.uint8Array({ maxLength: 40 }).map((bytes) => bytes.toBase64());
const login = signEnvelope(loginType, { v: 1, nonce: "0".repeat(64), version: "1" }, [alice]);

const anyAsk: fc.Arbitrary<OperatorCall> = fc.oneof(
  fc.record({ kind: fc.constant("hello" as const), version: fc.constantFrom("1.0.0", "") }, {
    noNullPrototype,
  }),
  fc.record({ kind: fc.constant("nodes" as const), names: anyText }, { noNullPrototype }),
  fc.record({
    kind: fc.constant("submit" as const),
    id,
    digest: anyHex(32),
    message: anyBase64,
    deliverMs: anyCount,
    runMs: anyCount,
    held: fc.boolean(),
    rate: fc.integer({ min: 1 }),
    target: anyTarget,
    summary: anyText,
  }, { noNullPrototype }),
  fc.constantFrom<OperatorCall>({ kind: "willing" }, { kind: "willing", node: "web1" }),
  fc.record({ kind: fc.constant("publish" as const), host: fc.constant("ALL"), command: anyText }, {
    noNullPrototype,
  }),
  fc.record({ kind: fc.constant("follow" as const), id, wait: fc.boolean() }, { noNullPrototype }),
  fc.record({ kind: fc.constantFrom("release" as const, "withhold" as const), id }, {
    noNullPrototype,
  }),
  fc.record({
    kind: fc.constant("block" as const),
    start: anyCount,
    offset: anyCount,
    signature: fc.uint8Array({ minLength: 64, maxLength: 64 }),
    bytes: fc.uint8Array({ maxLength: 40 }),
  }),
  fc.record({ kind: fc.constant("taken" as const), cost: anyCount }, { noNullPrototype }),
  fc.record({
    kind: fc.constantFrom("cancel" as const, "confirm" as const),
    id,
    envelope: anyBase64,
  }, { noNullPrototype }),
  fc.record({ kind: fc.constantFrom("leave" as const, "forget" as const) }, { noNullPrototype }),
  fc.record({
    kind: fc.constant("jobs" as const),
    limit: fc.integer({ min: 1, max: 100_000 }),
    prefix: fc.constantFrom("0", "abc123"),
    node: fc.constantFrom("web1", "db.example.com"),
  }, { noNullPrototype, requiredKeys: ["kind", "limit"] }),
  fc.record({ kind: fc.constant("hosts" as const), facts: fc.boolean(), watch: fc.boolean() }, {
    noNullPrototype,
  }),
  fc.constant({ kind: "login" as const, envelope: login }),
);

function comparable(ask: OperatorCall): unknown {
  const bytes = ask.kind === "block" && [[...ask.signature], [...ask.bytes]];
  return [bytes, withPrototypes("envelope" in ask ? { ...ask, envelope: [...ask.envelope] } : ask)];
}

Deno.test("decodeAsk reads what encodeAsk wrote, from the middle of a buffer, too", () => {
  fc.assert(fc.property(anyAsk, fc.nat(9), (ask, shift) => {
    const bytes = concat([new Uint8Array(shift).fill(1), encodeCall(ask)]);
    deepStrictEqual(comparable(decodeCall(bytes.subarray(shift))), comparable(ask));
  }));
});

Deno.test("whatever an operator's program sends, it is an ask or an EnvelopeError", () => {
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.tuple(fc.nat(3), fc.uint8Array({ maxLength: 100 }))
      .map(([tag, bytes]) => concat([Uint8Array.of(tag), bytes])),
    fc.tuple(anyAsk, fc.nat(), fc.nat(255)).map(([ask, at, byte]) => {
      const bytes = encodeCall(ask);
      return bytes.with(at % bytes.length, byte);
    }),
  );
  fc.assert(
    fc.property(noise, (bytes) => {
      let ask: OperatorCall;
      try {
        ask = decodeCall(bytes);
      } catch (error) {
        return ok(error instanceof EnvelopeError, String(error));
      }
      deepStrictEqual(encodeCall(ask).slice(), bytes.slice(), "one spelling");
    }),
    { numRuns: 2_000 },
  );
});

const HOSTILE: readonly (readonly [string, string])[] = [
  ["nothing", ""],
  ["an answer", '{"kind":"over"}'],
  ["an unknown kind", '{"kind":"shutdown"}'],
  ["an id that is a path", '{"kind":"follow","id":"../../../../etc/passwd"}'],
  ["an id in capitals", `{"kind":"follow","id":"${"A".repeat(32)}"}`],
  ["a list of all jobs", '{"kind":"jobs","limit":1000000}'],
  ["a list of no jobs", '{"kind":"jobs","limit":0}'],
  ["a pattern instead of an id", '{"kind":"jobs","limit":1,"prefix":"%"}'],
  ["a host that is none", '{"kind":"jobs","limit":1,"node":"a\' OR 1"}'],
  ["a negative cost", '{"kind":"taken","cost":-1}'],
  ["half a byte", '{"kind":"taken","cost":0.5}'],
  ["fields in another order", '{"id":"' + "a".repeat(32) + '","kind":"follow"}'],
  ["a field twice", '{"kind":"leave","kind":"leave"}'],
  ["__proto__", '{"kind":"leave","__proto__":{}}'],
  ["deep nesting", "[".repeat(100_000)],
  ["names without end", `{"kind":"nodes","names":"${"a".repeat(MAX_NODE_SET_CHARS + 1)}"}`],
  ["too much of it", '{"kind":"leave"' + " ".repeat(1_048_000) + "}"],
];

for (const [title, text] of HOSTILE) {
  Deno.test(`no ask: ${title}`, () => {
    throws(() => decodeCall(encodeUtf8(text)), (error) => {
      ok(error instanceof EnvelopeError, String(error));
      ok(error.message.length < 300);
      return true;
    });
  });
}
