import assert from "node:assert/strict";
import { assertRefused, parse } from "../args/command_lines.ts";

Deno.test("keygen takes its options", () => {
  const usual = {
    comment: undefined,
    file: undefined,
    passphrase: { kind: "ask" },
  };
  const rows: readonly (readonly [readonly string[], change: object])[] = [
    [[], {}],
    [["-C", "alice at work"], { comment: "alice at work" }],
    [["--comment=a", "-f", "k"], { comment: "a", file: "k" }],
    [["--file", "k"], { file: "k" }],
    [["--passphrase-file", "p"], { passphrase: { kind: "file", path: "p" } }],
    [["--no-passphrase"], { passphrase: { kind: "none" } }],
  ];
  for (const [args, change] of rows) {
    assert.deepEqual(parse(["keygen", ...args]), { ...usual, ...change });
  }
});

Deno.test("keygen refuses what makes no sense", () => {
  const unprintable = "-C/--comment: comment with unprintable characters";
  assertRefused((args) => parse(["keygen", ...args]), [
    [["x"], 'unexpected argument of keygen: "x"'],
    [
      ["--no-passphrase", "--passphrase-file", "p"],
      "--passphrase-file and --no-passphrase do not go together",
      "remove one of them",
    ],
    [["-C", "a\nb"], unprintable],
    [["-C", "a\u202eb"], unprintable],
    [["-C", "x".repeat(201)], "-C/--comment: comment longer than 200 characters"],
    [["-f", ""], "-f/--file: the path is empty"],
    [
      ["-h"],
      "unknown option -h",
      "for help write --help",
    ],
  ]);
});

Deno.test("key takes a file", () => {
  assert.deepEqual(parse("key"), { file: undefined });
  assert.deepEqual(parse("key -f k"), { file: "k" });
  assert.deepEqual(parse("key --file=k"), { file: "k" });
  assertRefused(parse, [[["key", "x"], 'unexpected argument of key: "x"']]);
});

Deno.test("cosign takes one request and a key", () => {
  const usual = { file: "r", key: undefined, passphraseFile: undefined };
  assert.deepEqual(parse("cosign r"), usual);
  assert.deepEqual(parse("cosign -"), { ...usual, file: "-" });
  assert.deepEqual(parse("cosign --key k --passphrase-file p r"), {
    ...usual,
    key: "k",
    passphraseFile: "p",
  });
  assertRefused((args) => parse(["cosign", ...args]), [
    [[], "no request given", "name the file: nanotrigger cosign FILE"],
    [[""], "empty name of a file"],
    [["a", "b"], 'more than one file: "b"'],
  ]);
});
