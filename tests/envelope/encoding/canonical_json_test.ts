import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { concat, encodeUtf8 } from "../../../lib/base/bytes.ts";
import { EnvelopeError } from "../../../lib/envelope/errors.ts";
import {
  type CanonicalForm,
  decodeCanonicalJson,
  encodeCanonicalJson,
} from "../../../lib/envelope/encoding/canonical_json.ts";
import {
  integer,
  list,
  object,
  optional,
  record,
  text,
} from "../../../lib/envelope/encoding/schema.ts";
import {
  assertEnvelopeError,
  resultOrRefusal,
  withPrototypes,
} from "../../support/envelope_fixtures.ts";

interface Note {
  readonly n: number;
  readonly s?: string;
  readonly tags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const anyString = text({ maxBytes: 100 });

const spelling: CanonicalForm<Note> = {
  title: "note",
  code: "body",
  maxBytes: 200,
  schema: object<Note>({
    n: integer(0),
    s: optional(anyString),
    tags: optional(list(anyString, { min: 0, max: 4 })),
    env: optional(record({ name: /^[A-Z]+$/, value: anyString, max: 4 })),
  }),
};

function decode(input: string | Uint8Array): Note {
  return decodeCanonicalJson(typeof input === "string" ? encodeUtf8(input) : input, spelling);
}

Deno.test("decodeCanonicalJson reads the one spelling", () => {
  const note = decode('{"n":1,"s":"é\\n/<","tags":[],"env":{"A":"","B":"x"}}');
  deepStrictEqual(withPrototypes(note), { n: 1, s: "é\n/<", tags: [], env: { A: "", B: "x" } });
  strictEqual(Object.getPrototypeOf(note), null);
});

Deno.test("decodeCanonicalJson refuses every other JSON", async (t) => {
  const hostile: readonly (readonly [string, string | Uint8Array])[] = [
    ["empty", ""],
    ["no JSON", "note"],
    ["not an object", "1"],
    ["null", "null"],
    ["duplicate key, same value", '{"n":1,"n":1}'],
    ["duplicate key, other value", '{"n":2,"n":1}'],
    ["duplicate key, escaped", '{"\\u006e":2,"n":1}'],
    ["duplicate name in a record", '{"n":1,"env":{"A":"1","A":"1"}}'],
    ["__proto__", '{"__proto__":{"n":1},"n":1}'],
    ["__proto__ instead of fields", '{"__proto__":{"n":1}}'],
    ["__proto__ in a record", '{"n":1,"env":{"__proto__":"x"}}'],
    ["constructor", '{"n":1,"constructor":{}}'],
    ["unknown field", '{"n":1,"x":1}'],
    ["fields in another order", '{"s":"","n":1}'],
    ["names in another order", '{"n":1,"env":{"B":"","A":""}}'],
    ["space before", ' {"n":1}'],
    ["space within", '{"n": 1}'],
    ["line end behind", '{"n":1}\n'],
    ["text behind", '{"n":1}{}'],
    ["1.0", '{"n":1.0}'],
    ["1e2", '{"n":1e2}'],
    ["-0", '{"n":-0}'],
    ["+1", '{"n":+1}'],
    ["01", '{"n":01}'],
    ["2^53", '{"n":9007199254740992}'],
    ["2^53 + 1", '{"n":9007199254740993}'],
    ["1e400", '{"n":1e400}'],
    ["NaN", '{"n":NaN}'],
    ["number as text", '{"n":"1"}'],
    ["null for what may be absent", '{"n":1,"s":null}'],
    ["escaped letter", '{"n":1,"s":"\\u0061"}'],
    ["escaped slash", '{"n":1,"s":"\\/"}'],
    ["upper-case escape", '{"n":1,"s":"\\u001F"}'],
    ["long escape for a line end", '{"n":1,"s":"\\u000a"}'],
    ["escaped surrogate pair", '{"n":1,"s":"\\ud83d\\ude00"}'],
    ["escaped lone surrogate", '{"n":1,"s":"\\ud800"}'],
    ["escaped NUL", '{"n":1,"s":"\\u0000"}'],
    ["raw NUL", '{"n":1,"s":"\0"}'],
    ["raw control character", '{"n":1,"s":"\x01"}'],
    ["single quotes", "{'n':1}"],
    ["comment", '{"n":1/**/}'],
    ["comma at the end", '{"n":1,}'],
    ["byte order mark", Uint8Array.of(0xef, 0xbb, 0xbf, ...encodeUtf8('{"n":1}'))],
    ["UTF-16", Uint8Array.of(...[...encodeUtf8('{"n":1}')].flatMap((byte) => [byte, 0]))],
    ["byte FF", Uint8Array.of(...encodeUtf8('{"n":1,"s":"'), 0xff, ...encodeUtf8('"}'))],
    [
      "overlong slash",
      Uint8Array.of(...encodeUtf8('{"n":1,"s":"'), 0xc0, 0xaf, ...encodeUtf8('"}')),
    ],
    [
      "encoded surrogate",
      Uint8Array.of(...encodeUtf8('{"n":1,"s":"'), 0xed, 0xa0, 0x80, ...encodeUtf8('"}')),
    ],
    ["cut in a character", Uint8Array.of(...encodeUtf8('{"n":1,"s":"'), 0xe2, 0x82)],
  ];
  for (const [name, input] of hostile) {
    await t.step(name, () => void assertEnvelopeError("body", () => decode(input)));
  }
});

Deno.test("decodeCanonicalJson says what is wrong, with the code of its spelling", () => {
  strictEqual(assertEnvelopeError("body", () => decode("{")), "note is not JSON");
  strictEqual(assertEnvelopeError("body", () => decode(Uint8Array.of(0xff))), "note is not UTF-8");
  strictEqual(
    assertEnvelopeError("body", () => decode('{ "n":1}')),
    "note is not in canonical form",
  );
  strictEqual(
    assertEnvelopeError("body", () => decode('{"n":1,"tags":["",2]}')),
    "note.tags[1] is not text",
  );
  const container: CanonicalForm<Note> = { ...spelling, code: "container" };
  assertEnvelopeError("container", () => decodeCanonicalJson(encodeUtf8("{"), container));
  assertEnvelopeError("container", () => decodeCanonicalJson(encodeUtf8("{}"), container));
  assertEnvelopeError("container", () => decodeCanonicalJson(encodeUtf8('{"n":1} '), container));
  assertEnvelopeError("container", () => decodeCanonicalJson(new Uint8Array(201), container));
});

Deno.test("decodeCanonicalJson refuses by length before it reads", () => {
  const longest = '{"n":1,"s":"a","tags":["' + "a".repeat(100) + '","' + "b".repeat(70) + '"]}';
  strictEqual(longest.length, 200);
  decode(longest);
  const message = assertEnvelopeError("body", () => decode(new Uint8Array(201).fill(0xff)));
  strictEqual(message, "note is longer than 200 bytes");
});

Deno.test("decodeCanonicalJson survives a million nested brackets", () => {
  const deep: CanonicalForm<Note> = { ...spelling, maxBytes: 10_000_000 };
  for (const [open, close] of [["[", "]"], ['{"n":', "}"], ['{"n":[', "]}"]] as const) {
    const count = 1_000_000;
    const closed = encodeUtf8(open.repeat(count) + "1" + close.repeat(count));
    assertEnvelopeError("body", () => decodeCanonicalJson(closed, deep));
    assertEnvelopeError("body", () => decodeCanonicalJson(encodeUtf8(open.repeat(count)), deep));
  }
});

Deno.test("encodeCanonicalJson writes up to the longest text", () => {
  const note: Note = { n: 1, s: "a", tags: ["a".repeat(100), "b".repeat(70)] };
  strictEqual(encodeCanonicalJson(note, spelling).length, 200);
  const longer: Note = { ...note, s: "ab" };
  assertEnvelopeError("body", () => encodeCanonicalJson(longer, spelling));
});

Deno.test("decodeCanonicalJson passes on errors that are not about the bytes", () => {
  const broken: CanonicalForm<Note> = {
    ...spelling,
    schema: () => {
      throw new RangeError("mistake in the schema");
    },
  };
  throws(() => decodeCanonicalJson(encodeUtf8("{}"), broken), RangeError);
});

Deno.test("encodeCanonicalJson refuses what could not be read", () => {
  assertEnvelopeError("body", () => encodeCanonicalJson({ n: -1 }, spelling));
  assertEnvelopeError("body", () => encodeCanonicalJson({ n: 1, s: "\ud800" }, spelling));
  const longList = Array.from({ length: 4 }, () => "a".repeat(60));
  strictEqual(
    assertEnvelopeError("body", () => encodeCanonicalJson({ n: 1, tags: longList }, spelling)),
    "note is longer than 200 bytes",
  );
});

const anyNote: fc.Arbitrary<Note> = fc.record<Note>({
  n: fc.maxSafeNat(),
  s: fc.string({ maxLength: 8 }),
  tags: fc.array(fc.string({ maxLength: 8 }), { maxLength: 4 }),
  env: fc.dictionary(fc.stringMatching(/^[A-Z]{1,3}$/), fc.string({ maxLength: 8 }), {
    maxKeys: 4,
    noNullPrototype: true,
  }),
}, { requiredKeys: ["n"] });

Deno.test("encodeCanonicalJson and decodeCanonicalJson are inverse", () => {
  fc.assert(fc.property(anyNote, (note) => {
    const bytes = encodeCanonicalJson(note, spelling);
    const read = decodeCanonicalJson(bytes, spelling);
    deepStrictEqual(withPrototypes(read), withPrototypes(note));
    deepStrictEqual(encodeCanonicalJson(read, spelling), bytes);
  }));
});

Deno.test("decodeCanonicalJson of any bytes gives the same bytes back or refuses", () => {
  const pieces = ['{"n":', "1", '"s"', '"a"', ":", ",", "[", "]", "{", "}", " ", "\\u0061", "null"];
  const likely = fc.array(fc.constantFrom(...pieces.map(encodeUtf8)), { maxLength: 8 }).map(concat);
  fc.assert(
    fc.property(fc.oneof(likely, fc.uint8Array()), (bytes) => {
      const read = resultOrRefusal(() => decodeCanonicalJson(bytes, spelling));
      if (!(read instanceof EnvelopeError)) {
        deepStrictEqual(encodeCanonicalJson(read, spelling), bytes);
      }
    }),
    { numRuns: 1_000 },
  );
});
