import assert from "node:assert/strict";
import { findProgram, isPlainPath } from "../../../lib/agent/exec/program.ts";
import { PROGRAM_FOLDERS } from "../../support/agent/run_command.ts";

const READS: Deno.PermissionOptions = { read: [...PROGRAM_FOLDERS] };

async function reasonOf(name: string): Promise<string> {
  const found = await findProgram(name);
  return found.kind === "failed" ? found.code : `found ${found.path}`;
}

Deno.test({
  name: "findProgram looks for a name in the fixed PATH only",
  permissions: READS,
  async fn() {
    const found = await findProgram("env");
    assert.ok(found.kind === "program");
    assert.match(found.path, /^(\/usr)?(\/local)?\/s?bin\/env$/);
  },
});

Deno.test({
  name: "findProgram takes a plain absolute path as it is, also one that is a link",
  permissions: READS,
  async fn() {
    assert.deepEqual(await findProgram("/bin/sh"), { kind: "program", path: "/bin/sh" });
  },
});

const REFUSED: Record<string, string> = {
  "": "bad-argv",
  "./sh": "bad-argv",
  "bin/sh": "bad-argv",
  "../bin/sh": "bad-argv",
  "/bin/../bin/sh": "bad-argv",
  "/bin/./sh": "bad-argv",
  "//bin/sh": "bad-argv",
  "/bin//sh": "bad-argv",
  "/bin/sh/": "bad-argv",
  "sh\0": "bad-argv",
  "/bin/sh\0": "bad-argv",
  "/bin": "not-executable",
  "/usr/bin/nx-no-such-program": "not-found",
  "/usr/bin/env/x": "not-found",
  "nx-no-such-program": "not-found",
  ".": "bad-argv",
  "..": "bad-argv",
};

for (const [name, reason] of Object.entries(REFUSED)) {
  Deno.test({
    name: `findProgram refuses ${JSON.stringify(name)}: ${reason}`,
    permissions: READS,
    async fn() {
      assert.equal(await reasonOf(name), reason);
    },
  });
}

Deno.test({
  name: "findProgram refuses files that are not executable, open to everybody, or no files",
  permissions: { read: true, write: true, run: ["/usr/bin/mkfifo"] },
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      const make = async (name: string, mode: number) => {
        await Deno.writeTextFile(`${folder}/${name}`, "#!/bin/sh\n");
        await Deno.chmod(`${folder}/${name}`, mode);
      };
      await make("good", 0o755);
      await make("data", 0o644);
      await make("open", 0o777);
      await Deno.symlink(`${folder}/data`, `${folder}/link-to-data`);
      await Deno.symlink(`${folder}/nothing`, `${folder}/dangling`);
      await new Deno.Command("/usr/bin/mkfifo", { args: ["-m", "755", `${folder}/fifo`] }).output();
      assert.equal(await reasonOf(`${folder}/good`), `found ${folder}/good`);
      assert.equal(await reasonOf(`${folder}/data`), "not-executable");
      assert.equal(await reasonOf(`${folder}/open`), "not-executable");
      assert.equal(await reasonOf(`${folder}/link-to-data`), "not-executable");
      assert.equal(await reasonOf(`${folder}/dangling`), "not-found");
      assert.equal(await reasonOf(`${folder}/fifo`), "not-executable");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test({
  name: "findProgram leaves to the system what it may not look at",
  async fn() {
    assert.deepEqual(await findProgram("uptime"), { kind: "program", path: "uptime" });
    assert.deepEqual(await findProgram("/opt/x"), { kind: "program", path: "/opt/x" });
    assert.equal(await reasonOf("../x"), "bad-argv");
  },
});

Deno.test({
  name: "isPlainPath accepts absolute paths in their plainest form",
  fn() {
    for (const path of ["/", "/a", "/a/b.c", "/..a/b"]) assert.ok(isPlainPath(path), path);
    for (const path of ["", "a", "/a/", "//", "/a//b", "/a/../b", "/.", "/a\0"]) {
      assert.ok(!isPlainPath(path), path);
    }
  },
});
