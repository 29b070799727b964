import assert from "node:assert/strict";
import { UserError } from "../../../lib/base/errors.ts";
import { openInputFile } from "../../../lib/cli/files/input_file.ts";

const files = { permissions: { read: true, write: true } } as const;
const NEVER = new AbortController().signal;

Deno.test("openInput reads any part of a file", files, async () => {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, "hello");
    using input = await openInputFile(path);
    assert.equal(input.seekable, true);
    const parts = [[0, 3, "hel"], [3, 9, "lo"], [1, 1, "e"], [5, 9, ""], [99, 9, ""]] as const;
    for (const [offset, length, text] of parts) {
      const bytes = await input.read(offset, length, NEVER);
      assert.equal(new TextDecoder().decode(bytes), text);
    }
    assert.equal(input.failed.aborted, false);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("openInput says what cannot be read", files, async () => {
  const folder = await Deno.makeTempDir();
  try {
    await assert.rejects(
      openInputFile(`${folder}/x`),
      new UserError(`no such file: ${folder}/x`),
    );
    await assert.rejects(openInputFile(folder), {
      message: `cannot read ${folder}: is a folder`,
    });
  } finally {
    await Deno.remove(folder);
  }
});

Deno.test("openInput tells when a file cannot be read on", files, async () => {
  const path = await Deno.makeTempFile();
  const input = await openInputFile(path);
  await Deno.remove(path);
  input[Symbol.dispose]();
  await assert.rejects(input.read(0, 10, NEVER));
  assert.ok(input.failed.aborted);
  const { reason } = input.failed;
  assert.ok(reason instanceof UserError);
  assert.match(reason.message, /^cannot read \/.*: /);
});
