import assert from "node:assert/strict";
import { UserError } from "../../lib/base/errors.ts";
import { type FolderUse, LockedFolder } from "../../lib/base/private_folder.ts";
import { inFastFolder } from "../support/fast_folder.ts";

const permissions: Deno.PermissionOptions = { read: true, write: true, sys: ["uid"] };
const IS_ROOT = Deno.uid() === 0;
const USE: FolderUse = { holder: "hub", busyHint: "stop it", badHint: "choose another" };

function modeOf(path: string): number {
  return (Deno.statSync(path).mode ?? 0) & 0o7777;
}

function refusal(path: string, message: RegExp): UserError {
  let found: UserError | undefined;
  assert.throws(() => new LockedFolder(path, USE), (error) => {
    assert.ok(error instanceof UserError, String(error));
    assert.match(error.message, message);
    found = error;
    return true;
  });
  assert.ok(found);
  return found;
}

Deno.test("LockedFolder is made for its owner alone", { permissions }, async () => {
  await inFastFolder((outer) => {
    const path = `${outer}/nanoexec/hub`;
    using folder = new LockedFolder(path, USE);
    assert.equal(folder.path, path);
    assert.deepEqual([path, `${path}/lock`].map(modeOf), [0o700, 0o600]);
  });
});

Deno.test("LockedFolder is for one process", { permissions }, async () => {
  await inFastFolder((path) => {
    {
      using _first = new LockedFolder(path, USE);
      assert.equal(refusal(path, /^another hub uses the state folder/).hint, "stop it");
    }
    using _second = new LockedFolder(path, USE);
  });
});

Deno.test("LockedFolder refuses a folder that others may write to", { permissions }, async () => {
  await inFastFolder((path) => {
    for (const mode of [0o770, 0o777, 0o1777, 0o702]) {
      Deno.chmodSync(path, mode);
      const error = refusal(
        path,
        /^cannot use the state folder .*: others may write to the folder/,
      );
      assert.match(error.hint ?? "", /^chmod go-w/);
    }
    Deno.chmodSync(path, 0o755);
    using _folder = new LockedFolder(path, USE);
  });
});

Deno.test("LockedFolder refuses another user's folder", {
  permissions,
  ignore: !IS_ROOT,
}, async () => {
  await inFastFolder((path) => {
    Deno.chownSync(path, 54_321, 54_321);
    refusal(path, /belongs to user 54321/);
  });
});

Deno.test("LockedFolder refuses a file, and a place where it can make none", {
  permissions,
}, async () => {
  await inFastFolder((path) => {
    Deno.writeTextFileSync(`${path}/file`, "");
    for (const place of [`${path}/file`, `${path}/file/below`]) {
      const error = refusal(place, /^cannot use the state folder/);
      assert.equal(error.hint, "choose another");
    }
  });
});
