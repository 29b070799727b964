import assert from "node:assert/strict";
import { UserError } from "../../../lib/base/errors.ts";
import { readScript } from "../../../lib/cli/files/request_attachments.ts";

/** Runs `action` with the path of a file with this content. */
async function withFile(
  content: string,
  action: (path: string) => Promise<void>,
): Promise<void> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, content);
    await action(path);
  } finally {
    await Deno.remove(path);
  }
}

const permissions: Deno.PermissionOptionsObject = { read: true, write: true };

Deno.test("readScript reads a script to the byte", { permissions }, async () => {
  for (const content of ["#!/bin/sh\necho\n", "echo", "a".repeat(131_072)]) {
    await withFile(content, async (path) => {
      assert.equal(new TextDecoder().decode(await readScript(path)), content);
    });
  }
});

Deno.test("readScript refuses what no host could run", { permissions }, async () => {
  const rows: readonly (readonly [string, RegExp])[] = [
    ["", /^script is empty: /],
    ["a".repeat(131_073), /^script is longer than 128K: /],
    ["#!/bin/sh\r\n", /cannot run script .*: lines of the script end in CR LF/],
    ["\x7fELF", /cannot run script .*: the file is a binary, not a script/],
  ];
  for (const [content, message] of rows) {
    await withFile(content, async (path) => {
      await assert.rejects(() => readScript(path), (error) => {
        assert.ok(error instanceof UserError);
        assert.match(error.message, message);
        return true;
      });
    });
  }
  await assert.rejects(() => readScript("/nx/no/such"), /no such script: \/nx\/no\/such/);
});
