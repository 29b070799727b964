import assert from "node:assert/strict";
import { writeDurably } from "../../lib/base/durable_file.ts";

Deno.test("writeDurably makes a private file, and leaves the old one where it cannot", {
  permissions: { read: true, write: true },
}, async () => {
  const folder = await Deno.makeTempDir({ prefix: "nanoexec_durable_" });
  const path = `${folder}/note`;
  writeDurably(path, new TextEncoder().encode("first"));
  writeDurably(path, new TextEncoder().encode("2nd"));
  assert.equal(await Deno.readTextFile(path), "2nd");
  assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
  await Deno.mkdir(`${folder}/taken`);
  assert.throws(() => writeDurably(path, new Uint8Array(1), `${folder}/taken`));
  assert.equal(await Deno.readTextFile(path), "2nd");
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  assert.deepEqual(names.toSorted(), ["note", "taken"]);
  await Deno.remove(folder, { recursive: true });
});
