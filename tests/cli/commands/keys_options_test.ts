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
  const unprintable = "-C/--comment: the comment contains characters that cannot be printed";
  assertRefused((args) => parse(["keygen", ...args]), [
    [["x"], 'keygen does not know what to do with "x"'],
    [
      ["--no-passphrase", "--passphrase-file", "p"],
      "--passphrase-file and --no-passphrase do not go together",
      "the key either has a passphrase or it has none",
    ],
    [["-C", "a\nb"], unprintable],
    [["-C", "a\u202eb"], unprintable],
    [["-C", "x".repeat(201)], "-C/--comment: the comment is longer than 200 characters"],
    [["-f", ""], "-f/--file: the path is empty"],
    [
      ["-h"],
      "unknown option -h",
      "-h is the host's name where there is one; for help write --help",
    ],
  ]);
});

Deno.test("key takes a file", () => {
  assert.deepEqual(parse("key"), { file: undefined });
  assert.deepEqual(parse("key -f k"), { file: "k" });
  assert.deepEqual(parse("key --file=k"), { file: "k" });
  assertRefused(parse, [[["key", "x"], 'key does not know what to do with "x"']]);
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
    [[], "nothing says which request to sign", "name its file: nanotrigger cosign FILE"],
    [[""], "the name of the file is empty"],
    [["a", "b"], 'one file is enough: what is "b"?'],
  ]);
});
