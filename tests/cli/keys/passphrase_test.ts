import assert from "node:assert/strict";
import { UserError } from "../../../lib/base/errors.ts";
import { readHiddenLine, readPassphraseFile } from "../../../lib/cli/keys/passphrase.ts";

async function* typing(text: string): AsyncIterable<number> {
  yield* new TextEncoder().encode(text);
}

Deno.test("readHidden follows what is typed", async () => {
  const rows: readonly (readonly [typed: string, read: string])[] = [
    ["abc\r", "abc"],
    ["abc\nrest", "abc"],
    ["abc\x04", "abc"],
    ["abc", "abc"],
    ["\r", ""],
    ["abx\x7fc\r", "abc"],
    ["abx\x08c\r", "abc"],
    ["\x7f\x7fa\r", "a"],
    ["aé\x7f€\x7f😀\x7fb\r", "ab"],
    ["wrong\x15right\r", "right"],
    ["a\tb\x1ac\r", "abc"],
    ["Ünïcode 😀\r", "Ünïcode 😀"],
  ];
  for (const [typed, read] of rows) {
    assert.equal(await readHiddenLine(typing(typed)), read, JSON.stringify(typed));
  }
});

Deno.test("readHidden ends at Ctrl-C, and when nobody stops typing", async () => {
  await assert.rejects(readHiddenLine(typing("abc\x03def\r")), { name: "AbortError" });
  assert.equal(await readHiddenLine(typing("x".repeat(1_024))), "x".repeat(1_024));
  await assert.rejects(readHiddenLine(typing("x".repeat(1_025))), UserError);
});

Deno.test("readPassphraseFile reads the first line of a file for one's own eyes", {
  permissions: { read: true, write: true },
}, async () => {
  const path = await Deno.makeTempFile({ prefix: "nanoexec_passphrase_" });
  try {
    const refused = (message: RegExp) => (error: unknown) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, message);
      return true;
    };
    await Deno.writeTextFile(path, "correct horse \nsecond\n");
    assert.equal(await readPassphraseFile(path), "correct horse ");
    await Deno.writeTextFile(path, "no newline");
    assert.equal(await readPassphraseFile(path), "no newline");
    await Deno.writeTextFile(path, "\nsecond\n");
    await assert.rejects(
      readPassphraseFile(path),
      refused(/^first line of the passphrase file is empty: /),
    );
    await Deno.chmod(path, 0o640);
    await assert.rejects(
      readPassphraseFile(path),
      refused(/^passphrase file is readable by others: /),
    );
    await assert.rejects(
      readPassphraseFile(`${path}.not`),
      refused(/^no such passphrase file: /),
    );
  } finally {
    await Deno.remove(path);
  }
});
