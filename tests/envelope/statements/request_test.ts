import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { decodeUtf8, encodeUtf8 } from "../../../lib/base/bytes.ts";
import { EnvelopeError } from "../../../lib/envelope/errors.ts";
import { decodeBody, encodeBody } from "../../../lib/envelope/signing/payload_type.ts";
import { requestType } from "../../../lib/envelope/statements/request.ts";
import {
  anyRequest,
  assertEnvelopeError,
  bareRequest,
  request,
  resultOrRefusal,
  withPrototypes,
} from "../../support/envelope_fixtures.ts";

const MAX_BYTES = 131_072;
/** 256 KiB of names. */
const LONGEST_TARGET = "a" + new Array(8_192).fill("a".repeat(31)).join();

/** Reads the request with some fields replaced, as a hostile operator could have signed it. */
function read(changes: Readonly<Record<string, unknown>>): unknown {
  const { maxOutput, mode, survive, note, ...first } = request;
  const inOrder = {
    ...first,
    splayMs: undefined,
    secrets: undefined,
    undo: undefined,
    maxOutput,
    mode,
    survive,
    note,
    ...changes,
  };
  return withPrototypes(decodeBody(encodeUtf8(JSON.stringify(inOrder)), requestType));
}

function argv(...words: readonly unknown[]): Readonly<Record<string, unknown>> {
  return { run: { kind: "argv", argv: words } };
}

function script(text: string, ...args: readonly unknown[]): Readonly<Record<string, unknown>> {
  return { run: { kind: "script", script: btoa(text), args } };
}

function manyNames(count: number): Readonly<Record<string, string>> {
  const names = Array.from({ length: count }, (_, index) => `A${index}`).sort();
  return Object.fromEntries(names.map((name) => [name, ""]));
}

Deno.test("a request is written with its fields in order", () => {
  strictEqual(decodeUtf8(encodeBody(request, requestType)), JSON.stringify(request));
  strictEqual(decodeUtf8(encodeBody(bareRequest, requestType)), JSON.stringify(bareRequest));
  const shuffled = Object.fromEntries(Object.entries(request).reverse()) as typeof request;
  strictEqual(decodeUtf8(encodeBody(shuffled, requestType)), JSON.stringify(request));
});

Deno.test("any request is read back as it was written", () => {
  fc.assert(fc.property(anyRequest, (any) => {
    const bytes = encodeBody(any, requestType);
    const body = decodeBody(bytes, requestType);
    deepStrictEqual(withPrototypes(body), withPrototypes(any));
    deepStrictEqual(encodeBody(body, requestType), bytes);
  }));
});

Deno.test("a request accepts every field at its bounds", async (t) => {
  const good: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
    ["one word", argv("true")],
    ["256 words", argv(...new Array(256).fill("a"))],
    ["128 KiB of words", argv("a".repeat(MAX_BYTES - 1))],
    ["empty arguments", argv("echo", "", "")],
    ["argument with a line end", argv("echo", "a\nb\r\t\x1b")],
    ["argument with a leading dash", argv("-x", "--", "-rf")],
    ["longest shell command", { run: { kind: "shell", command: "a".repeat(MAX_BYTES) } }],
    ["script of a byte", script("a")],
    ["script of 128 KiB", script("a".repeat(MAX_BYTES))],
    ["script with 253 arguments", script("a", ...new Array(253).fill(""))],
    ["script with arguments of any kind", script("a\n", "", "-x", "a\nb")],
    ["user with a dollar", { user: "host$" }],
    ["user of a domain", { user: "alice@example.com" }],
    ["longest user", { user: "a".repeat(63) + "$" }],
    ["root folder", { cwd: "/" }],
    ["longest folder", { cwd: "/" + "a".repeat(4_095) }],
    ["no variables", { env: {} }],
    ["128 variables", { env: manyNames(128) }],
    ["variable with the longest name", { env: { ["A".repeat(64)]: "" } }],
    ["variable with the longest value", { env: { A: "a".repeat(32_768) } }],
    ["variable with an underscore in front", { env: { _A1: "x=y" } }],
    ["empty stdin", { stdin: "" }],
    ["64 KiB of stdin", { stdin: new Uint8Array(65_536).toBase64() }],
    ["shortest time", { timeoutMs: 1 }],
    ["longest time", { timeoutMs: 3_600_000 }],
    ["shortest splay", { splayMs: 1 }],
    ["longest splay", { splayMs: 3_600_000 }],
    ["secrets", { secrets: { names: ["A", "B_1"], sha256: "0".repeat(64) } }],
    ["undo", { undo: { command: "a", withinMs: 1_000 } }],
    ["longest undo", { undo: { command: "a".repeat(32_768), withinMs: 86_400_000 } }],
    ["no output", { maxOutput: 0 }],
    ["all output", { maxOutput: undefined }],
    ["most output", { maxOutput: 16_777_216 }],
    ["check", { mode: "check" }],
    ["survive", { survive: true }],
    ["longest note", { note: "é".repeat(100) }],
    ["issued in 1970", { issued: 0 }],
    ["target of everybody", { target: "ALL" }],
    ["longest target", { target: LONGEST_TARGET }],
    ["longest target and words", { target: LONGEST_TARGET, ...argv("a".repeat(MAX_BYTES - 1)) }],
    ["longest target and script", { target: LONGEST_TARGET, ...script("a".repeat(MAX_BYTES)) }],
  ];
  for (const [name, changes] of good) {
    await t.step(
      name,
      () => deepStrictEqual(read(changes), withPrototypes({ ...request, ...changes })),
    );
  }
});

Deno.test("a request refuses every field beyond its bounds", async (t) => {
  const hostile: readonly (readonly [string, Readonly<Record<string, unknown>>, RegExp])[] = [
    ["version 2", { v: 2 }, /request\.v/],
    ["version as text", { v: "1" }, /request\.v/],
    ["id in upper case", { id: "A".repeat(32) }, /request\.id/],
    ["id of 31 digits", { id: "a".repeat(31) }, /request\.id/],
    ["id of 33 digits", { id: "a".repeat(33) }, /request\.id/],
    ["id that is a path", { id: "../x" }, /request\.id/],
    ["id with a line end", { id: "a".repeat(31) + "\n" }, /request\.id/],
    ["id as number", { id: 1 }, /request\.id/],
    ["issued as text", { issued: "1790000000" }, /request\.issued/],
    ["issued before 1970", { issued: -1 }, /request\.issued/],
    ["issued as fraction", { issued: 0.5 }, /request\.issued/],
    ["expires as null", { expires: null }, /request\.expires/],
    ["expires after the safe integers", { expires: 2 ** 53 }, /request\.expires/],
    ["no run", { run: undefined }, /no field "run"/],
    ["run as list", { run: ["true"] }, /request\.run/],
    ["run of no kind", { run: { argv: ["true"] } }, /request\.run\.kind/],
    ["run of another kind", { run: { kind: "eval", argv: ["true"] } }, /request\.run\.kind/],
    ["run of two kinds", { run: { kind: "argv", argv: ["a"], command: "b" } }, /"command"/],
    ["no words", argv(), /0 items/],
    ["257 words", argv(...new Array(257).fill("a")), /257 items/],
    ["empty program", argv(""), /names no program/],
    ["128 KiB and a byte", argv("a".repeat(MAX_BYTES)), /longer than 131072/],
    ["129 KiB in words", argv(...new Array(129).fill("a".repeat(1_024))), /longer than 131072/],
    ["many empty words", argv("a".repeat(MAX_BYTES - 3), "", "", ""), /longer than 131072/],
    ["NUL in a word", argv("echo", "a\0b"), /request\.run\.argv\[1\] holds a NUL/],
    ["half of a surrogate pair in a word", argv("echo", "\ud800"), /surrogate/],
    ["number as word", argv("echo", 1), /argv\[1\] is not text/],
    ["list as word", argv("echo", ["a"]), /argv\[1\] is not text/],
    ["empty shell command", { run: { kind: "shell", command: "" } }, /too short/],
    [
      "long shell command",
      { run: { kind: "shell", command: "a".repeat(MAX_BYTES + 1) } },
      /longer/,
    ],
    ["NUL in a shell command", { run: { kind: "shell", command: "a\0" } }, /NUL/],
    ["empty script", script(""), /request\.run\.script holds 0 bytes/],
    ["128 KiB and a byte of script", script("a".repeat(MAX_BYTES + 1)), /131073 bytes/],
    ["script not in base64", { run: { kind: "script", script: "a b", args: [] } }, /base64/],
    ["script as list", { run: { kind: "script", script: ["YQ=="], args: [] } }, /base64/],
    ["script without arguments", { run: { kind: "script", script: "YQ==" } }, /no field "args"/],
    ["script with 254 arguments", script("a", ...new Array(254).fill("")), /254 items/],
    ["script with long arguments", script("a", "a".repeat(MAX_BYTES)), /longer than 131072/],
    ["script with a NUL in an argument", script("a", "\0"), /args\[0\] holds a NUL/],
    ["script with a name", {
      run: { kind: "script", script: "YQ==", args: [], name: "../x" },
    }, /unknown field "name"/],
    ["user -1", { user: "-1" }, /request\.user/],
    ["user #0", { user: "#0" }, /request\.user/],
    ["user 0", { user: "0" }, /request\.user/],
    ["user 4294967295", { user: "4294967295" }, /request\.user/],
    ["user as number", { user: 0 }, /request\.user/],
    ["user with a line end", { user: "root\n" }, /request\.user/],
    ["user with a space", { user: "root x" }, /request\.user/],
    ["user with a colon", { user: "root:root" }, /request\.user/],
    ["user with a slash", { user: "a/b" }, /request\.user/],
    ["empty user", { user: "" }, /request\.user/],
    ["long user", { user: "a".repeat(64) }, /request\.user/],
    ["user as null", { user: null }, /request\.user/],
    ["relative folder", { cwd: "tmp" }, /request\.cwd/],
    ["empty folder", { cwd: "" }, /request\.cwd/],
    ["long folder", { cwd: "/" + "a".repeat(4_096) }, /request\.cwd/],
    ["folder with NUL", { cwd: "/a\0" }, /NUL/],
    ["variables as list", { env: ["A=1"] }, /request\.env/],
    ["129 variables", { env: manyNames(129) }, /more than 128/],
    ["10,000 variables", { env: manyNames(10_000) }, /more than 128/],
    ["variable in lower case", { env: { ld_preload: "x" } }, /invalid name "ld_preload"/],
    ["variable with =", { env: { "A=B": "x" } }, /invalid name/],
    ["variable with NUL", { env: { "A\0": "x" } }, /invalid name/],
    ["variable with a line end", { env: { "A\n": "x" } }, /invalid name/],
    ["variable without a name", { env: { "": "x" } }, /invalid name/],
    ["variable that begins with a digit", { env: { "1A": "x" } }, /invalid name/],
    ["variable of 65 letters", { env: { ["A".repeat(65)]: "x" } }, /invalid name/],
    ["value with NUL", { env: { A: "\0" } }, /request\.env\.A holds a NUL/],
    ["value as number", { env: { A: 1 } }, /request\.env\.A/],
    ["long value", { env: { A: "a".repeat(32_769) } }, /request\.env\.A/],
    ["stdin not in base64", { stdin: "a b" }, /request\.stdin/],
    ["64 KiB and a byte of stdin", { stdin: new Uint8Array(65_537).toBase64() }, /request\.stdin/],
    ["no time", { timeoutMs: 0 }, /request\.timeoutMs/],
    ["negative time", { timeoutMs: -1 }, /request\.timeoutMs/],
    ["time of a timer's overflow", { timeoutMs: 2 ** 31 }, /request\.timeoutMs/],
    ["an hour and a millisecond", { timeoutMs: 3_600_001 }, /request\.timeoutMs/],
    ["fraction of time", { timeoutMs: 1.5 }, /request\.timeoutMs/],
    ["time as text", { timeoutMs: "1" }, /request\.timeoutMs/],
    ["no splay at all", { splayMs: 0 }, /request\.splayMs/],
    ["negative splay", { splayMs: -1 }, /request\.splayMs/],
    ["an hour and a millisecond of splay", { splayMs: 3_600_001 }, /request\.splayMs/],
    ["fraction of splay", { splayMs: 1.5 }, /request\.splayMs/],
    ["splay as text", { splayMs: "60s" }, /request\.splayMs/],
    ["no secret names", { secrets: { names: [], sha256: "0".repeat(64) } }, /0 items/],
    ["17 secret names", {
      secrets: { names: new Array(17).fill("A"), sha256: "0".repeat(64) },
    }, /17 items/],
    ["secret names out of order", {
      secrets: { names: ["B", "A"], sha256: "0".repeat(64) },
    }, /not sorted/],
    ["one secret name twice", {
      secrets: { names: ["A", "A"], sha256: "0".repeat(64) },
    }, /sorted and distinct/],
    ["secret name in lower case", {
      secrets: { names: ["a"], sha256: "0".repeat(64) },
    }, /secrets\.names\[0\]/],
    ["values among secrets", {
      secrets: { names: ["A"], sha256: "0".repeat(64), values: {} },
    }, /unknown field/],
    ["secrets without a digest", { secrets: { names: ["A"] } }, /no field "sha256"/],
    ["undo without a command", { undo: { command: "", withinMs: 1_000 } }, /too short/],
    ["undo with a long command", {
      undo: { command: "a".repeat(32_769), withinMs: 1_000 },
    }, /longer/],
    ["undo with a NUL", { undo: { command: "a\0", withinMs: 1_000 } }, /NUL/],
    ["undo in less than a second", { undo: { command: "a", withinMs: 999 } }, /withinMs/],
    ["undo after more than a day", { undo: { command: "a", withinMs: 86_400_001 } }, /withinMs/],
    ["undo at no time", { undo: { command: "a" } }, /no field "withinMs"/],
    ["undo as text", { undo: "a" }, /undo is not an object/],
    ["negative output", { maxOutput: -1 }, /request\.maxOutput/],
    ["output as null", { maxOutput: null }, /request\.maxOutput/],
    ["too much output", { maxOutput: 16_777_217 }, /request\.maxOutput/],
    ["another mode", { mode: "Run" }, /request\.mode/],
    ["survive as number", { survive: 1 }, /request\.survive/],
    ["long note", { note: "a".repeat(201) }, /request\.note/],
    ["long note in bytes", { note: "é".repeat(101) }, /request\.note/],
    ["empty target", { target: "" }, /request\.target/],
    ["no target", { target: undefined }, /no field "target"/],
    ["target as list", { target: ["web1"] }, /request\.target/],
    ["target as object", { target: { all: true } }, /request\.target/],
    ["unknown field", { zz: 1 }, /unknown field "zz"/],
  ];
  for (const [name, changes, message] of hostile) {
    await t.step(name, () => void match(assertEnvelopeError("body", () => read(changes)), message));
  }
});

Deno.test("a request refuses targets that agents could read in two ways, or not at all", async (t) => {
  const hostile: readonly (readonly [string, string])[] = [
    ["cannot be read", "web["],
    ["space in front", " ALL"],
    ["space behind", "ALL "],
    ["word in capitals", "web1 AND web2"],
    ["other operator", "web[1-3]!web2"],
    ["needless parentheses", "(ALL)"],
    ["group", "@rack4"],
    ["group deep inside", "(web1 or not @rack4) and not ALL"],
    ["past result", "@job:last:failed"],
    ["NUL", "web1\0"],
    ["right-to-left mark", "web1\u202e"],
    ["line end", "ALL\n"],
  ];
  for (const [name, target] of hostile) {
    await t.step(
      name,
      () => void match(assertEnvelopeError("body", () => read({ target })), /request\.target/),
    );
  }
});

Deno.test("a request with everything at its longest is refused by its length", () => {
  const changes = {
    ...argv("a".repeat(131_071)),
    stdin: new Uint8Array(65_536).toBase64(),
    env: Object.fromEntries(Array.from("ABCDEFGHIJK", (name) => [name, "a".repeat(32_768)])),
  };
  match(assertEnvelopeError("body", () => read(changes)), /longer than 524288 bytes/);
});

Deno.test("a request of any JSON is refused or read back the same", () => {
  const keys = [...Object.keys(request), "__proto__", "x"];
  const near = fc.tuple(fc.constantFrom(...keys), fc.jsonValue()).map(([key, value]) =>
    JSON.stringify(request).replace(/}$/, `,${JSON.stringify(key)}:${JSON.stringify(value)}}`)
  );
  const changed = fc.tuple(fc.constantFrom(...keys), fc.jsonValue())
    .map(([key, value]) => JSON.stringify({ ...request, [key]: value }));
  fc.assert(
    fc.property(fc.oneof(near, changed, fc.json()), (text) => {
      const bytes = encodeUtf8(text);
      const body = resultOrRefusal(() => decodeBody(bytes, requestType));
      if (!(body instanceof EnvelopeError)) deepStrictEqual(encodeBody(body, requestType), bytes);
    }),
    { numRuns: 1_000 },
  );
});
