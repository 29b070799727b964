import assert from "node:assert/strict";
import { join } from "node:path";
import {
  assertRefused,
  makePortable,
  type Unpacked,
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
/** Whether another user can be played: only root can give files away and become somebody. */
const isRoot = Deno.uid() === 0;
const NOBODY = 65_534;

/** Ways in which the path to the unpacked files can be unsafe, and what the refusal says. */
const unsafe: Readonly<Record<string, readonly [(cache: Unpacked) => Promise<void>, RegExp]>> = {
  "a folder that all can write": [
    ({ denoFolder }) => Deno.chmod(denoFolder, 0o777),
    /others may write to .*deno-[0-9a-f]{32}/,
  ],
  "a folder that its group can write": [
    ({ mainFolder }) => Deno.chmod(mainFolder, 0o775),
    /others may write to .*nanoexec-[0-9a-f]{32}/,
  ],
  "a cache that all can write": [
    ({ denoFolder }) => Deno.chmod(join(denoFolder, ".."), 0o777),
    /others may write to .*cache/,
  ],
  "a Deno that all can write": [
    ({ deno }) => Deno.chmod(deno, 0o757),
    /others may write to .*\/deno/,
  ],
  "a code cache that its group can write": [
    ({ mainFolder }) => Deno.chmod(join(mainFolder, "deno_dir"), 0o770),
    /others may write to .*deno_dir/,
  ],
  "a folder that is a symbolic link": [
    ({ denoFolder }) => replaceByLink(denoFolder),
    /deno-[0-9a-f]{32} is a symbolic link/,
  ],
  "a program that is a symbolic link": [
    ({ main }) => replaceByLink(main),
    /nanoexec\.js is a symbolic link/,
  ],
  "a cache that is a symbolic link": [
    ({ denoFolder }) => replaceByLink(join(denoFolder, "..")),
    /cache is a symbolic link/,
  ],
};

for (const [name, [spoil, message]] of Object.entries(unsafe)) {
  Deno.test(`launcher refuses ${name}`, { permissions }, async () => {
    await using fixture = await makePortable();
    await spoil(await warmUp(fixture));
    await assertRefused(fixture, message);
  });
}

Deno.test("launcher refuses a parent folder in which others can swap things", {
  permissions,
}, async () => {
  await using fixture = await makePortable();
  const parent = join(fixture.folder, "open");
  await Deno.mkdir(parent);
  await Deno.chmod(parent, 0o777);
  const env = { NANOEXEC_CACHE: join(parent, "cache") };
  await assertRefused(fixture, /others may write to .*open/, { env });
  await Deno.chmod(parent, 0o1777); // sticky, like /tmp: others cannot touch what is ours
  assert.equal((await fixture.start([], { env })).code, 0);
});

Deno.test("launcher follows a parent folder that is a symbolic link", { permissions }, async () => {
  await using fixture = await makePortable();
  await Deno.mkdir(join(fixture.folder, "real"));
  await Deno.symlink("real", join(fixture.folder, "link"));
  const env = { NANOEXEC_CACHE: join(fixture.folder, "link/a  b/cache/") };
  assert.equal((await fixture.start([], { env })).code, 0);
  await Deno.stat(join(fixture.folder, "real/a  b/cache"));
});

Deno.test({
  name: "launcher refuses files of another user",
  ignore: !isRoot,
  permissions,
  async fn() {
    const parts: readonly (keyof Unpacked)[] = ["deno", "main", "denoFolder", "mainFolder"];
    for (const part of parts) {
      await using fixture = await makePortable();
      const cache = await warmUp(fixture);
      await Deno.chown(cache[part], NOBODY, null);
      await assertRefused(fixture, /belongs to uid 65534/);
    }
  },
});

Deno.test({
  name: "launcher runs for others from a cache of root's, which they cannot write",
  ignore: !isRoot,
  permissions,
  async fn() {
    await using fixture = await makePortable();
    await warmUp(fixture);
    assert.equal((await fixture.start([], { asNobody: true })).code, 0);
    const { deno } = await unpackedIn(fixture.cache);
    await Deno.remove(deno);
    const { code, stderr } = await fixture.start([], { asNobody: true });
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^nanoexec: error: cannot write to .*\nnanoexec: hint: set NANOEXEC_CACHE/,
    );
  },
});

Deno.test({
  name: "launcher of another user says when there is no home to unpack to",
  ignore: !isRoot,
  permissions,
  async fn() {
    await using fixture = await makePortable();
    const homes = [[fixture.folder, /cannot write to/], [undefined, /HOME is not set/]] as const;
    for (const [HOME, message] of homes) {
      const env = { NANOEXEC_CACHE: undefined, HOME };
      const { code, stderr } = await fixture.start([], { asNobody: true, env });
      assert.equal(code, 1);
      assert.match(stderr, message);
    }
  },
});

Deno.test("launcher unpacks below the user's cache folder, by the rules of XDG", {
  permissions,
}, async () => {
  await using fixture = await makePortable();
  const home = join(fixture.folder, "home");
  await Deno.mkdir(home);
  if (isRoot) await Deno.chown(home, NOBODY, null); // root unpacks to a folder of the system
  const base = { NANOEXEC_CACHE: undefined, HOME: home };
  const variables: readonly (readonly [string | undefined, string])[] = [
    [join(home, "xdg"), "xdg/nanoexec"],
    [undefined, ".cache/nanoexec"],
    ["relative", ".cache/nanoexec"],
  ];
  for (const [XDG_CACHE_HOME, folder] of variables) {
    const env = { ...base, XDG_CACHE_HOME };
    const { code, stderr } = await fixture.start([], { asNobody: isRoot, env });
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    for (const path of Object.values(await unpackedIn(join(home, folder)))) {
      if ((await Deno.stat(path)).isDirectory) assert.equal(await modeOf(path), 0o700);
    }
  }
});

async function replaceByLink(path: string): Promise<void> {
  await Deno.rename(path, `${path}.real`);
  await Deno.symlink(`${path}.real`, path);
}

async function modeOf(path: string): Promise<number> {
  return ((await Deno.stat(path)).mode ?? 0) & 0o7777;
}
