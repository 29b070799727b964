import assert from "node:assert/strict";
import { FIXED_PATH } from "../../../lib/agent/os/host_tools.ts";
import { findInPath, findProgram } from "../../../lib/agent/exec/program.ts";

const folders = FIXED_PATH.split(":");

Deno.test("findInPath finds the same programs as running them does", {
  permissions: { read: folders },
}, async () => {
  for (const name of ["sh", "env", "ls", "no-such-program", "..", ".", "X11"]) {
    const program = await findProgram(name);
    assert.equal(findInPath(name), program.kind === "program" ? program.path : undefined, name);
  }
});

Deno.test("findInPath passes over what cannot be executed or everybody may write to", {
  permissions: { read: folders },
}, () => {
  const modes: Record<string, number> = {
    [`${folders[0]}/tool`]: 0o644,
    [`${folders[1]}/tool`]: 0o757,
    [`${folders[2]}/tool`]: 0o755,
    [`${folders[3]}/tool`]: 0o755,
  };
  const whole = Deno.statSync;
  Deno.statSync = (path) => {
    const mode = modes[String(path)];
    if (mode === undefined) throw new Deno.errors.NotFound();
    return { ...whole("/bin/sh"), isFile: true, mode };
  };
  try {
    assert.equal(findInPath("tool"), `${folders[2]}/tool`);
    assert.equal(findInPath("other"), undefined);
  } finally {
    Deno.statSync = whole;
  }
});

Deno.test("findInPath looks nowhere but in the fixed PATH", {
  permissions: { read: true, write: true, env: true },
}, async () => {
  const folder = await Deno.makeTempDir();
  const [before, cwd] = [Deno.env.get("PATH"), Deno.cwd()];
  await Deno.writeTextFile(`${folder}/nx-tool`, "#!/bin/sh\n", { mode: 0o755 });
  try {
    Deno.env.set("PATH", folder);
    Deno.chdir(folder);
    assert.equal(findInPath("nx-tool"), undefined);
  } finally {
    Deno.chdir(cwd);
    if (before !== undefined) Deno.env.set("PATH", before);
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("findInPath finds nothing where it may not look", () => {
  assert.equal(findInPath("sh"), undefined);
});
