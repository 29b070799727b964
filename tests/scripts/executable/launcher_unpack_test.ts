import assert from "node:assert/strict";
import { join } from "node:path";
import { LAUNCHER_LENGTH } from "../../../scripts/executable/launcher.ts";
import {
  assertRefused,
  makePortable,
  type PortableFixture,
  unpackedIn,
  warmUp,
} from "../../support/programs/portable_fixture.ts";

const permissions: Deno.PermissionOptionsObject = {
  read: true,
  write: true,
  env: true,
  run: true,
  sys: ["uid"],
};

const isRoot = Deno.uid() === 0;

Deno.test("launcher unpacks once", { permissions }, async () => {
  await using fixture = await makePortable();
  const { deno } = await warmUp(fixture);
  const before = await Deno.stat(deno);
  await warmUp(fixture);
  const after = await Deno.stat(deno);
  assert.deepEqual([after.ino, after.mtime], [before.ino, before.mtime]);
});

Deno.test("launcher unpacks to folders that only their owner can write", {
  permissions,
}, async () => {
  await using fixture = await makePortable();
  const { deno, main, denoFolder, mainFolder } = await warmUp(fixture);
  const folderMode = isRoot ? 0o755 : 0o700;
  for (const folder of [fixture.cache, denoFolder, mainFolder, join(mainFolder, "deno_dir")]) {
    assert.equal(await modeOf(folder), folderMode, folder);
  }
  assert.equal(await modeOf(deno), 0o755);
  assert.equal(await modeOf(main), 0o644);
});

Deno.test("launcher keeps its modes under any umask", { permissions }, async () => {
  for (const umask of ["000", "077"]) {
    await using fixture = await makePortable();
    const shell = ["sh", "-c", `umask ${umask}; exec "$@"`, "sh"];
    assert.equal((await fixture.start(["arguments"], { shell })).code, 0);
    const { denoFolder, main } = await unpackedIn(fixture.cache);
    assert.equal(await modeOf(denoFolder), isRoot ? 0o755 : 0o700);
    assert.equal(await modeOf(main), 0o644);
  }
});

Deno.test("launcher unpacks well when started many times at once", { permissions }, async () => {
  await using fixture = await makePortable();
  const starts = await Promise.all(Array.from({ length: 8 }, () => fixture.start(["arguments"])));
  for (const { code, stderr } of starts) {
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  }
  assert.deepEqual(await strays(fixture), []);
});

Deno.test("launcher replaces files that a crash has cut short", { permissions }, async () => {
  for (const name of ["deno", "main"] as const) {
    await using fixture = await makePortable();
    const cache = await warmUp(fixture);
    const whole = await Deno.readFile(cache[name]);
    await Deno.writeFile(cache[name], whole.subarray(0, 3));
    await warmUp(fixture);
    assert.deepEqual(await Deno.readFile(cache[name]), whole);
  }
});

Deno.test("launcher clears away what a killed start left a day ago", { permissions }, async () => {
  await using fixture = await makePortable();
  const { deno, denoFolder } = await warmUp(fixture);
  const [old, fresh] = [join(denoFolder, ".new.old"), join(denoFolder, ".new.fresh")];
  for (const path of [old, fresh]) await Deno.writeTextFile(path, "half");
  const twoDaysAgo = new Date(Date.now() - 48 * 3_600_000);
  await Deno.utime(old, twoDaysAgo, twoDaysAgo);
  await Deno.remove(deno);
  await warmUp(fixture);
  assert.deepEqual(await strays(fixture), [fresh], "the fresh one may be in use");
});

/** Ways in which an executable can arrive broken. */
const broken: Readonly<Record<string, (whole: Uint8Array) => Uint8Array>> = {
  "cut short after the script": (whole) => whole.subarray(0, LAUNCHER_LENGTH),
  "cut short near the end": (whole) => whole.subarray(0, -9),
  "with other bytes inside": (whole) => whole.with(LAUNCHER_LENGTH + 12, 0xff),
  "whose content is not what was packed": (whole) => {
    const text = new TextDecoder("latin1").decode(whole);
    const digest = /\b[0-9a-f]{64}\b/.exec(text)?.index ?? 0;
    return whole.with(digest, "x".charCodeAt(0));
  },
};

for (const [name, spoil] of Object.entries(broken)) {
  Deno.test(`launcher refuses an executable ${name}`, { permissions }, async () => {
    await using fixture = await makePortable();
    await Deno.writeFile(fixture.path, spoil(await Deno.readFile(fixture.path)));
    await assertRefused(fixture, /cannot unpack/);
    assert.deepEqual(await strays(fixture), []);
  });
}

Deno.test("launcher refuses a Deno that does not run here", { permissions }, async () => {
  await using fixture = await makePortable();
  const { deno } = await warmUp(fixture);
  const { size } = await Deno.stat(deno);
  const text = "#!/nowhere/sh\n".padEnd(size, "\n");
  await Deno.writeTextFile(deno, text);
  const { code, stdout } = await fixture.start([]);
  assert.notEqual(code, 0);
  assert.equal(stdout, "");
});

async function modeOf(path: string): Promise<number> {
  return ((await Deno.stat(path)).mode ?? 0) & 0o7777;
}

/** Temporary files of unpacking that are still there. */
async function strays({ cache }: PortableFixture): Promise<string[]> {
  const found: string[] = [];
  for await (const folder of Deno.readDir(cache)) {
    for await (const { name } of Deno.readDir(join(cache, folder.name))) {
      if (name.startsWith(".new.")) found.push(join(cache, folder.name, name));
    }
  }
  return found;
}
