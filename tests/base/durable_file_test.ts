import assert from "node:assert/strict";
import { createDurably, writeDurably } from "../../lib/base/durable_file.ts";

const permissions: Deno.PermissionOptions = { read: true, write: true };

/** Does `action` with an empty folder. */
async function inFolder(action: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "nanoexec_durable_" });
  try {
    await action(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function namesIn(folder: string): readonly string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).toSorted();
}

Deno.test("writeDurably makes a private file, and leaves the old one where it cannot", {
  permissions,
}, () =>
  inFolder(async (folder) => {
    const path = `${folder}/note`;
    writeDurably(path, new TextEncoder().encode("first"));
    writeDurably(path, new TextEncoder().encode("2nd"));
    assert.equal(await Deno.readTextFile(path), "2nd");
    assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
    await Deno.mkdir(`${folder}/taken`);
    assert.throws(() => writeDurably(path, new Uint8Array(1), `${folder}/taken`));
    assert.equal(await Deno.readTextFile(path), "2nd");
    assert.deepEqual(namesIn(folder), ["note", "taken"]);
  }));

Deno.test("writeDurably replaces a draft that a crash left or somebody planted", {
  permissions: { read: true, write: true },
}, async (t) => {
  const secret = new TextEncoder().encode("secret");
  const plants: Readonly<Record<string, (draft: string, other: string) => Promise<void>>> = {
    "a file that others can read": async (draft) => {
      await Deno.writeTextFile(draft, "a longer text than the new one");
      await Deno.chmod(draft, 0o644);
    },
    "a symbolic link": async (draft, other) => await Deno.symlink(other, draft),
    "a symbolic link to nothing": async (draft, other) => await Deno.symlink(`${other}2`, draft),
    "another name of a file": async (draft, other) => await Deno.link(other, draft),
  };
  for (const [name, plant] of Object.entries(plants)) {
    await t.step(name, () =>
      inFolder(async (folder) => {
        const [path, other] = [`${folder}/key`, `${folder}/other`];
        await Deno.writeTextFile(other, "untouched");
        await plant(`${path}.draft`, other);
        writeDurably(path, secret);
        assert.equal(await Deno.readTextFile(path), "secret");
        const { isSymlink, mode } = await Deno.lstat(path);
        assert.deepEqual([isSymlink, (mode ?? 0) & 0o777], [false, 0o600]);
        assert.equal(await Deno.readTextFile(other), "untouched");
        assert.deepEqual(namesIn(folder), ["key", "other"]);
      }));
  }
});

Deno.test(
  "createDurably makes a private file, and never replaces one",
  { permissions },
  () =>
    inFolder(async (folder) => {
      const path = `${folder}/key`;
      createDurably(path, new TextEncoder().encode("first"));
      assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
      assert.throws(() => createDurably(path, new Uint8Array(1)), Deno.errors.AlreadyExists);
      assert.equal(await Deno.readTextFile(path), "first");
      await Deno.symlink(`${folder}/elsewhere`, `${folder}/link`);
      assert.throws(() => createDurably(`${folder}/link`, new Uint8Array(1)));
      assert.deepEqual(namesIn(folder), ["key", "link"]);
    }),
);

Deno.test("writeDurably and createDurably take a name without a folder", {
  permissions,
}, () =>
  inFolder((folder) => {
    const before = Deno.cwd();
    Deno.chdir(folder);
    try {
      writeDurably("note", new Uint8Array(1));
      createDurably("key", new Uint8Array(1));
      assert.deepEqual(namesIn(folder), ["key", "note"]);
    } finally {
      Deno.chdir(before);
    }
  }));
