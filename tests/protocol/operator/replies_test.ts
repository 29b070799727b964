import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { concat, encodeUtf8 } from "../../../lib/base/bytes.ts";
import { EnvelopeError } from "../../../lib/envelope/errors.ts";
import {
  decodeReply,
  encodeReply as partsOf,
  type HubReply,
  type OutputReply,
  type PlainReply,
} from "../../../lib/protocol/operator/replies.ts";
import {
  anyCount,
  anyHex,
  anyText,
  anyTime,
  withPrototypes,
} from "../../support/envelope_fixtures.ts";
const key = "A".repeat(43) + "=";
const anyNode = fc.constantFrom("web1", "db-2.example.com", "a");
const anyBase64 = fc.uint8Array({ maxLength: 40 }).map((bytes) => bytes.toBase64());
const anyState = fc.constantFrom(
  ...["pending", "delivered", "started", "ended", "lost", "expired", "skipped"] as const,
);

/** Records of which only the fields named in `required` are always there. */
function anyOf<T>(
  fields: { readonly [K in keyof T]-?: fc.Arbitrary<NonNullable<T[K]>> },
  required: readonly (keyof T & string)[],
): fc.Arbitrary<T> {
  return fc.record(fields, { requiredKeys: [...required], noNullPrototype: true }) as fc.Arbitrary<
    T
  >;
}

type Of<K extends PlainReply["kind"]> = Extract<PlainReply, { readonly kind: K }>;

const anyPlain: fc.Arbitrary<PlainReply> = fc.oneof(
  anyOf<Of<"greeting">>({
    ...{ kind: fc.constant("greeting"), version: fc.constantFrom("1.0.0", "") },
    ...{ nonce: anyHex(32), login: fc.boolean() },
    ...{ protocol: fc.integer({ min: 1, max: 9 }), capabilities: fc.constantFrom([], ["undo"]) },
  }, ["kind", "version", "nonce", "login"]),
  fc.record({ kind: fc.constantFrom("done" as const, "over" as const) }, { noNullPrototype: true }),
  anyOf<Of<"failed">>({
    kind: fc.constant("failed"),
    code: fc.constantFrom("login", "unknown-job", "refused", "store", "malformed"),
    message: anyText,
    hint: anyText,
  }, ["kind", "code", "message"]),
  anyOf<Of<"state">>({
    ...{ kind: fc.constant("state"), node: anyNode, state: anyState, at: anyTime },
    ...{ reason: anyText, result: anyBase64, key: fc.constant(key) },
  }, ["kind", "node", "state", "at"]),
  anyOf<Of<"absent">>({ kind: fc.constant("absent"), name: anyNode }, ["kind", "name"]),
  anyOf<Of<"pong">>({
    ...{ kind: fc.constant("pong"), name: anyNode, key: fc.constant(key), envelope: anyBase64 },
  }, ["kind", "name", "key", "envelope"]),
);

const anyOutput: fc.Arbitrary<OutputReply> = fc.record({
  kind: fc.constant("output"),
  node: anyNode,
  stream: fc.constantFrom("stdout", "stderr"),
  offset: anyCount,
  bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }),
}, { noNullPrototype: true });

/** An answer as it travels. */
function encodeAnswer(answer: HubReply): Uint8Array<ArrayBuffer> {
  return concat(partsOf(answer));
}

function comparable(answer: HubReply): unknown {
  return withPrototypes(
    answer.kind === "output" ? { ...answer, bytes: [...answer.bytes] } : answer,
  );
}

Deno.test(
  "decodeAnswer reads what encodeAnswer wrote, from the middle of a buffer, too",
  () => {
    fc.assert(fc.property(fc.oneof(anyPlain, anyOutput), fc.nat(9), (answer, shift) => {
      const bytes = concat([new Uint8Array(shift).fill(1), encodeAnswer(answer)]);
      deepStrictEqual(comparable(decodeReply(bytes.subarray(shift))), comparable(answer));
    }));
  },
);

Deno.test("whatever a hub sends, it is an answer or an EnvelopeError", () => {
  const noise = fc.uint8Array({ maxLength: 60 });
  const tagged = noise.map((bytes) => concat([Uint8Array.of(1), bytes]));
  const changed = fc.tuple(fc.oneof(anyPlain, anyOutput), fc.nat(), fc.nat(255))
    .map(([answer, at, byte]) => {
      const bytes = encodeAnswer(answer);
      return bytes.with(at % bytes.length, byte);
    });
  fc.assert(
    fc.property(fc.oneof(noise, tagged, changed), (bytes) => {
      let answer: HubReply;
      try {
        answer = decodeReply(bytes);
      } catch (error) {
        return ok(error instanceof EnvelopeError, String(error));
      }
      deepStrictEqual(encodeAnswer(answer), bytes.slice(), "one spelling");
    }),
    { numRuns: 2_000 },
  );
});

const output: OutputReply = {
  ...{ kind: "output", node: "web1", stream: "stderr" },
  ...{ offset: 0x0102030405, bytes: encodeUtf8("hi") },
};
const chunk = encodeAnswer(output);

Deno.test("output is tag, stream, offset, name and bytes", () => {
  strictEqual(chunk.toHex(), "0101" + "0000000102030405" + "0477656231" + "6869");
});

const HOSTILE: readonly (readonly [string, Uint8Array])[] = [
  ["nothing", new Uint8Array()],
  ["an ask", encodeUtf8('{"kind":"leave"}')],
  ["a state of no host", encodeUtf8('{"kind":"state","node":"a b","state":"pending","at":1}')],
  ["a state that is none", encodeUtf8('{"kind":"state","node":"a","state":"dead","at":1}')],
  ["a time that is none", encodeUtf8('{"kind":"state","node":"a","state":"lost","at":-1}')],
  [
    "a key that is short",
    encodeUtf8('{"kind":"state","node":"a","state":"ended","at":1,"key":"AAAA"}'),
  ],
  [
    "a result that is no base64",
    encodeUtf8('{"kind":"state","node":"a","state":"ended","at":1,"result":"*"}'),
  ],
  ["a field too many", encodeUtf8('{"kind":"over","node":"a"}')],
  ["too much of it", encodeUtf8('{"kind":"over"' + " ".repeat(1_048_000) + "}")],
  ["output without bytes", chunk.subarray(0, chunk.length - 2)],
  ["output whose name is cut off", chunk.subarray(0, 12)],
  ["output without a name's length", chunk.subarray(0, 10)],
  ["output on a third stream", chunk.with(1, 2)],
  ["output beyond 2^53", chunk.with(2, 0xff)],
  ["output of a host without a name", chunk.with(10, 0)],
  ["output of a host that is no text", chunk.with(11, 0xff)],
  ["output of a host whose name moves the cursor", chunk.with(11, 0x1b)],
  ["output of a host whose name is a path", chunk.with(11, 0x2f)],
];

for (const [title, bytes] of HOSTILE) {
  Deno.test(`no answer: ${title}`, () => {
    throws(() => decodeReply(bytes), (error) => {
      ok(error instanceof EnvelopeError, String(error));
      ok(error.message.length < 300);
      return true;
    });
  });
}
