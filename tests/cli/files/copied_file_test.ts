import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { openLocalFile } from "../../../lib/cli/files/copy_source.ts";

const files = { permissions: { read: true, write: true } } as const;
const NEVER = new AbortController().signal;

Deno.test("openLocalFile knows a file, and reads no more than it has measured", files, async () => {
  const path = await Deno.makeTempFile({ suffix: ".conf" });
  try {
    const bytes = new Uint8Array(2_500_000).map((_, index) => index * index);
    await Deno.writeFile(path, bytes, { mode: 0o640 });
    using file = await openLocalFile(path);
    assert.deepEqual([file.size, file.sha256], [2_500_000, hash("sha256", bytes, "hex")]);
    assert.equal(path.endsWith(`/${file.name}`), true);
    await Deno.writeTextFile(path, "more", { append: true });
    assert.equal((await file.source.read(2_499_999, 100, NEVER)).length, 1);
    assert.equal((await file.source.read(2_500_000, 100, NEVER)).length, 0);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("openLocalFile refuses what cannot be copied", files, async () => {
  const folder = await Deno.makeTempDir();
  try {
    await assert.rejects(openLocalFile(folder), {
      message: `cannot read ${folder}: is a folder`,
      hint: "copy a folder with -r",
    });
    await assert.rejects(openLocalFile(`${folder}/x`), { message: `no such file: ${folder}/x` });
  } finally {
    await Deno.remove(folder);
  }
});
