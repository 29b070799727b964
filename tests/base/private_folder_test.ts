import assert from "node:assert/strict";
import { makePrivateFolder } from "../../lib/base/private_folder.ts";
import { inFastFolder } from "../support/fast_folder.ts";

const permissions: Deno.PermissionOptions = { read: true, write: true, sys: ["uid"] };

Deno.test("makePrivateFolder makes folders for their owner alone", { permissions }, async () => {
  await inFastFolder((outer) => {
    makePrivateFolder(`${outer}/a/b`);
    makePrivateFolder(`${outer}/a/b`);
    const modes = [`${outer}/a`, `${outer}/a/b`].map((path) => Deno.statSync(path).mode ?? 0);
    assert.deepEqual(modes.map((mode) => mode & 0o7777), [0o700, 0o700]);
  });
});

Deno.test("makePrivateFolder makes nothing where others could have put a link", {
  permissions,
}, async () => {
  await inFastFolder((outer) => {
    Deno.mkdirSync(`${outer}/open`);
    Deno.chmodSync(`${outer}/open`, 0o777);
    Deno.mkdirSync(`${outer}/elsewhere`);
    Deno.symlinkSync(`${outer}/elsewhere`, `${outer}/open/link`);
    for (const path of [`${outer}/open`, `${outer}/open/new`, `${outer}/open/link/new`]) {
      assert.throws(() => makePrivateFolder(path), {
        name: "UserError",
        message: `unsafe folder ${path}: others may write to the folder ${outer}/open`,
        hint: `chmod go-w ${outer}/open`,
      });
    }
    assert.deepEqual([...Deno.readDirSync(`${outer}/elsewhere`)], []);
  });
});

Deno.test("makePrivateFolder refuses what somebody else has made in /tmp", {
  permissions,
  ignore: Deno.uid() !== 0,
}, async () => {
  await inFastFolder((outer) => {
    Deno.chmodSync(outer, 0o1777);
    Deno.mkdirSync(`${outer}/planted`);
    Deno.chownSync(`${outer}/planted`, 54_321, 54_321);
    for (const path of [`${outer}/planted`, `${outer}/planted/new`]) {
      assert.throws(() => makePrivateFolder(path), /belongs to user 54321/);
    }
    makePrivateFolder(`${outer}/own`);
  });
});
