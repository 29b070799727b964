import assert from "node:assert/strict";
import { join } from "node:path";
import { build } from "../../../scripts/executable/build.ts";
import { BuildError } from "../../../scripts/executable/errors.ts";
import { hostTarget } from "../../../scripts/executable/platforms.ts";

const entry = new URL("../../support/programs/stand_in_program.ts", import.meta.url).pathname;

Deno.test("build finds out a deno compile that made something else, and removes it", {
  permissions: { read: true, write: true, env: true, run: true },
}, async () => {
  const folder = await Deno.makeTempDir({ prefix: "nanoexec_native_" });
  const before = Deno.env.get("DENORT_BIN");
  Deno.env.set("DENORT_BIN", Deno.execPath()); // with it, deno compile makes a REPL and succeeds
  try {
    const out = join(folder, "dist");
    const building = build({
      entries: { exec: entry, trigger: entry },
      out,
      form: "native",
      keys: [],
      targets: [hostTarget],
      homes: [folder],
      sockets: [],
      report: () => {},
    });
    await assert.rejects(building, (error: unknown) => {
      assert.ok(error instanceof BuildError);
      assert.match(error.message, /nanoexec (prints another version|does not print its version)/);
      return true;
    });
    assert.deepEqual(await Array.fromAsync(Deno.readDir(out)), []);
  } finally {
    if (before === undefined) Deno.env.delete("DENORT_BIN");
    else Deno.env.set("DENORT_BIN", before);
    await Deno.remove(folder, { recursive: true });
  }
});
