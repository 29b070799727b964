import assert from "node:assert/strict";
import { UserError } from "../../lib/base/errors.ts";
import { FolderOwnership } from "../../lib/base/private_folder.ts";
import { type PrivateFileRules, readPrivateFile } from "../../lib/base/private_file.ts";
import { inFastFolder } from "../support/fast_folder.ts";

const permissions: Deno.PermissionOptions = { read: true, write: true, sys: ["uid"], run: true };
const TRUST: PrivateFileRules = { what: "trust file", secret: false, maxBytes: 100 };
const SECRET: PrivateFileRules = { ...TRUST, what: "key file", secret: true };
const IS_ROOT = Deno.uid() === 0;
/** A user that is neither root nor anybody who runs tests. */
const OTHER = 54_321;

/** What is made of the file `path`, which holds "text" and has mode 0600, and its folder. */
type Change = (path: string, folder: string) => Promise<unknown> | unknown;

/** Changes after which a file is unsafe, and the message. */
const REFUSED: Readonly<Record<string, readonly [Change, RegExp]>> = {
  "group may write": [(path) => Deno.chmod(path, 0o620), /others may write it$/],
  "others may write": [(path) => Deno.chmod(path, 0o602), /others may write it$/],
  "the folder is open to its group": [
    (_, folder) => Deno.chmod(folder, 0o770),
    /others may write to the folder/,
  ],
  "the folder is open to everybody": [
    (_, folder) => Deno.chmod(folder, 0o1777),
    /others may write to the folder/,
  ],
  "a link": [
    async (path) => {
      await Deno.rename(path, `${path}.real`);
      await Deno.symlink(`${path}.real`, path);
    },
    /not a regular file/,
  ],
  "a dangling link": [
    async (path) => {
      await Deno.remove(path);
      await Deno.symlink(`${path}.gone`, path);
    },
    /not a regular file/,
  ],
  "a folder": [
    async (path) => {
      await Deno.remove(path);
      await Deno.mkdir(path);
    },
    /not a regular file/,
  ],
  "a FIFO, which would block": [
    async (path) => {
      await Deno.remove(path);
      await new Deno.Command("mkfifo", { args: [path] }).output();
    },
    /not a regular file/,
  ],
  "a byte too long": [(path) => Deno.writeTextFile(path, "x".repeat(101)), /longer than 100 bytes/],
  "not UTF-8": [(path) => Deno.writeFile(path, Uint8Array.of(0x61, 0xff)), /not UTF-8/],
};

const REFUSED_TO_ROOT: typeof REFUSED = {
  "another user's file": [(path) => Deno.chown(path, OTHER, OTHER), /belongs to user 54321/],
  "another user's folder": [
    (_, folder) => Deno.chown(folder, OTHER, OTHER),
    /the folder .*\/config belongs to user 54321/,
  ],
};

for (const [what, [change, message]] of Object.entries({ ...REFUSED, ...REFUSED_TO_ROOT })) {
  const ignore = !IS_ROOT && what in REFUSED_TO_ROOT;
  Deno.test(`readPrivateFile refuses: ${what}`, { permissions, ignore }, async () => {
    await inFolder(async (path, folder) => {
      await change(path, folder);
      await refused(path, TRUST, message);
    });
  });
}

Deno.test("readPrivateFile reads what only root and this user can have written", {
  permissions,
}, async () => {
  await inFolder(async (path) => {
    for (const mode of [0o600, 0o644, 0o444, 0o400]) {
      await Deno.chmod(path, mode);
      assert.equal(await readPrivateFile(path, TRUST), "text");
    }
    await Deno.chmod(path, 0o600);
    await Deno.writeTextFile(path, "x".repeat(100));
    assert.equal((await readPrivateFile(path, TRUST))?.length, 100);
    await Deno.writeTextFile(path, "\ufeffé");
    assert.equal(await readPrivateFile(path, TRUST), "\ufeffé");
  });
});

Deno.test("readPrivateFile lets nobody else read a secret", { permissions }, async () => {
  await inFolder(async (path) => {
    for (const mode of [0o640, 0o604, 0o644, 0o610, 0o601]) {
      await Deno.chmod(path, mode);
      const error = await refused(
        path,
        SECRET,
        /^cannot use key file .* others may read or write it$/,
      );
      assert.equal(error.hint, `chmod 600 ${path}`);
    }
    await Deno.chmod(path, 0o600);
    assert.equal(await readPrivateFile(path, SECRET), "text");
  });
});

Deno.test("readPrivateFile finds nothing where nothing is", { permissions }, async () => {
  await inFolder(async (path, folder) => {
    for (const absent of [`${folder}/absent`, `${folder}/absent/too`, `${path}/below a file`]) {
      assert.equal(await readPrivateFile(absent, TRUST), undefined);
    }
  });
});

Deno.test("readPrivateFile refuses what was put in the file's place while it was opened", {
  permissions,
}, async () => {
  await inFolder(async (path, folder) => {
    await Deno.writeTextFile(`${folder}/other`, "other", { mode: 0o600 });
    const folders = new FolderOwnership();
    folders.check = () => void Deno.renameSync(`${folder}/other`, path);
    const reading = readPrivateFile(path, TRUST, folders);
    await assert.rejects(reading, /replaced while it was opened$/);
  });
});

Deno.test("readPrivateFile says what it may not look at", {
  permissions: { read: ["/etc/passwd"], sys: ["uid"] },
}, async () => {
  await refused("/etc/group", TRUST, /^cannot inspect trust file \/etc\/group: Requires read/);
  const hidden = /^cannot use trust file .*: \/ can be checked only at the start of the program$/;
  await refused("/etc/passwd", { ...TRUST, maxBytes: 1e6 }, hidden);
});

async function refused(
  path: string,
  rules: PrivateFileRules,
  message: RegExp,
): Promise<UserError> {
  let refusal: UserError | undefined;
  await assert.rejects(readPrivateFile(path, rules), (error) => {
    assert.ok(error instanceof UserError, String(error));
    assert.match(error.message, message);
    assert.match(error.message, new RegExp(rules.what));
    refusal = error;
    return true;
  });
  assert.ok(refusal);
  return refusal;
}

async function inFolder(act: (path: string, folder: string) => Promise<void>): Promise<void> {
  await inFastFolder(async (outer) => {
    const folder = `${outer}/config`;
    await Deno.mkdir(folder, { mode: 0o700 });
    await Deno.writeTextFile(`${folder}/file`, "text", { mode: 0o600 });
    await act(`${folder}/file`, folder);
  });
}
