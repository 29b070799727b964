import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import {
  base64,
  boolean,
  hex,
  integer,
  list,
  literal,
  object,
  oneOf,
  optional,
  record,
  type Schema,
  SchemaError,
  text,
  union,
  utf8Length,
  withRule,
} from "../../../lib/envelope/encoding/schema.ts";
import { withPrototypes } from "../../support/envelope_fixtures.ts";

type Shape = { readonly kind: "dot" } | { readonly kind: "line"; readonly length: number };

const anyObject = object<{ a: number; b?: string }>({
  a: integer(0),
  b: optional(text({ maxBytes: 9 })),
});
const shape = union<Shape>({
  dot: object<Extract<Shape, { kind: "dot" }>>({ kind: literal("dot") }),
  line: object<Extract<Shape, { kind: "line" }>>({ kind: literal("line"), length: integer(1) }),
});
const names = record({ name: /^[a-z]+$/, value: integer(0), max: 2 });

Deno.test("schemas accept what they describe", async (t) => {
  const good: readonly (readonly [string, Schema<unknown>, unknown])[] = [
    ["literal", literal(1), 1],
    ["oneOf", oneOf("run", "check"), "check"],
    ["boolean", boolean(), false],
    ["smallest integer", integer(-1, 1), -1],
    ["greatest integer", integer(-1, 1), 1],
    ["greatest safe integer", integer(0), Number.MAX_SAFE_INTEGER],
    ["shortest text", text({ min: 2, maxBytes: 4 }), "ab"],
    ["longest text", text({ maxBytes: 4 }), "éé"],
    ["text with its pattern", text({ maxBytes: 4, pattern: /^a+$/ }), "aaa"],
    ["text with line ends", text({ maxBytes: 4 }), "a\n\r\t"],
    ["surrogate pair", text({ maxBytes: 4 }), "\u{1f600}"],
    ["hex", hex(2), "00ff"],
    ["base64", base64({ min: 1, max: 2 }), "QUI="],
    ["no bytes", base64({ max: 2 }), ""],
    ["shortest list", list(boolean(), { min: 1, max: 2 }), [true]],
    ["longest list", list(boolean(), { min: 1, max: 2 }), [true, false]],
    ["record", names, { a: 1, b: 2 }],
    ["empty record", names, {}],
    ["object", anyObject, { a: 1, b: "x" }],
    ["object without what may be absent", anyObject, { a: 1 }],
    ["union", shape, { kind: "line", length: 1 }],
    ["rule", withRule(integer(0), (n) => n % 2 ? "is odd" : undefined), 2],
  ];
  for (const [name, schema, value] of good) {
    await t.step(name, () => deepStrictEqual(withPrototypes(schema(value, "it")), value));
  }
});

Deno.test("schemas refuse everything else and say where", async (t) => {
  const bad: readonly (readonly [string, Schema<unknown>, unknown, RegExp])[] = [
    ["other literal", literal(1), 2, /^it is not 1$/],
    ["literal of another type", literal(1), "1", /^it is not 1$/],
    ["none of the choices", oneOf("a", "b"), "c", /^it is not one of a, b$/],
    ["number for boolean", boolean(), 1, /true or false/],
    ["below the smallest", integer(-1, 1), -2, /from -1 to 1/],
    ["above the greatest", integer(-1, 1), 2, /from -1 to 1/],
    ["fraction", integer(0), 0.5, /not an integer/],
    ["unsafe integer", integer(0), 2 ** 53, /not an integer/],
    ["infinity", integer(0), Infinity, /not an integer/],
    ["NaN", integer(0), NaN, /not an integer/],
    ["digits as text", integer(0), "1", /not an integer/],
    ["number for text", text({ maxBytes: 4 }), 1, /not text/],
    ["text object", text({ maxBytes: 4 }), new String("a"), /not text/],
    ["text too short", text({ min: 2, maxBytes: 4 }), "a", /too short/],
    ["text too long", text({ maxBytes: 4 }), "abcde", /longer than 4 bytes/],
    ["text too long in bytes", text({ maxBytes: 4 }), "ééé", /longer than 4 bytes/],
    ["lone high surrogate", text({ maxBytes: 9 }), "\ud800", /holds a lone surrogate/],
    ["lone low surrogate", text({ maxBytes: 9 }), "a\udc00b", /holds a lone surrogate/],
    ["NUL", text({ maxBytes: 9 }), "a\0", /NUL/],
    ["wrong pattern", text({ maxBytes: 9, pattern: /^a+$/ }), "ab", /is malformed: "ab"/],
    ["upper-case hex", hex(1), "FF", /2 lower-case hex digits/],
    ["hex too short", hex(1), "f", /hex digits/],
    ["hex too long", hex(1), "fff", /hex digits/],
    ["hex with a line end", hex(1), "ff\n", /hex digits/],
    ["number for hex", hex(1), 11, /hex digits/],
    ["hex in a list", hex(1), ["ff"], /hex digits/],
    ["base64 with space", base64({ max: 9 }), "QQ ==", /not canonical base64/],
    ["number for base64", base64({ max: 9 }), 1234, /not canonical base64/],
    ["too few bytes", base64({ min: 2, max: 3 }), "QQ==", /1 bytes, not 2 to 3/],
    ["too many bytes", base64({ min: 0, max: 1 }), "QUI=", /2 bytes, not 0 to 1/],
    ["object for list", list(boolean(), { min: 0, max: 1 }), {}, /not a list/],
    ["list too short", list(boolean(), { min: 1, max: 1 }), [], /0 items, not 1 to 1/],
    ["list too long", list(boolean(), { min: 1, max: 1 }), [true, true], /2 items/],
    ["bad item", list(boolean(), { min: 0, max: 2 }), [true, 0], /^it\[1\] is not true/],
    ["hole in a list", list(boolean(), { min: 0, max: 2 }), new Array(1), /^it\[0\]/],
    ["list for record", names, [], /not an object/],
    ["number for record", names, 5, /not an object/],
    ["text for object", anyObject, "", /not an object/],
    ["null for record", names, null, /not an object/],
    ["too many names", names, { a: 1, b: 2, c: 3 }, /more than 2 names/],
    ["bad name", names, { "A\n": 1 }, /invalid name "A\\n"/],
    ["__proto__ as a name", names, JSON.parse('{"__proto__":1}'), /invalid name "__proto__"/],
    ["bad value", names, { a: -1 }, /^it\.a is not an integer/],
    ["list for object", anyObject, [], /not an object/],
    ["null for object", anyObject, null, /not an object/],
    ["missing field", anyObject, { b: "x" }, /has no field "a"/],
    ["unknown field", anyObject, { a: 1, c: 1 }, /unknown field "c"/],
    ["__proto__ as a field", anyObject, JSON.parse('{"a":1,"__proto__":{}}'), /"__proto__"/],
    ["constructor as a field", anyObject, { a: 1, constructor: 1 }, /"constructor"/],
    ["inherited field", anyObject, Object.create({ a: 1 }), /has no field "a"/],
    ["null for what may be absent", anyObject, { a: 1, b: null }, /^it\.b is not text/],
    ["unknown kind", shape, { kind: "ball" }, /^it\.kind is not one of dot, line/],
    ["inherited name as kind", shape, { kind: "constructor" }, /is not one of/],
    ["no kind", shape, {}, /is not one of/],
    ["field of another kind", shape, { kind: "dot", length: 1 }, /unknown field "length"/],
    ["rule", withRule(integer(0), () => "is odd"), 1, /^it is odd$/],
  ];
  for (const [name, schema, value, message] of bad) {
    await t.step(name, () => {
      throws(() => schema(value, "it"), (error) => {
        strictEqual(error instanceof SchemaError && message.test(error.message), true, `${error}`);
        return true;
      });
    });
  }
});

Deno.test("object and record rebuild in their own order, without prototypes", () => {
  const pair = object<{ one: number; two: Readonly<Record<string, number>> }>({
    one: integer(0),
    two: names,
  });
  const rebuilt = pair({ two: { b: 2, a: 1 }, one: 0 }, "it");
  strictEqual(JSON.stringify(rebuilt), '{"one":0,"two":{"a":1,"b":2}}');
  strictEqual(Object.getPrototypeOf(rebuilt), null);
  strictEqual(Object.getPrototypeOf(rebuilt.two), null);
});

Deno.test("utf8Length counts as the encoder does", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (value) => {
    strictEqual(utf8Length(value), encodeUtf8(value).length);
  }));
  const borders = ["\x7f", "\x80", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\uffff"];
  for (const value of [...borders, "\u{10000}", "\u{10fc00}", "\u{103ff}", "\u{10ffff}"]) {
    strictEqual(utf8Length(value), encodeUtf8(value).length, value);
  }
});
