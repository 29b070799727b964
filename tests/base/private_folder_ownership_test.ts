import assert from "node:assert/strict";
import { FolderOwnership } from "../../lib/base/private_folder.ts";
import { inFastFolder } from "../support/fast_folder.ts";

const permissions: Deno.PermissionOptions = { read: true, write: true, sys: ["uid"] };
const IS_ROOT = Deno.uid() === 0;
/** A user that is neither root nor anybody who runs tests. */
const OTHER = 54_321;

/** What is made of `top/middle/low`, folders with mode 0700. */
type Change = (top: string) => void;

/** Changes after which `top/middle/low` is unsafe, and the message. */
const REFUSED: Readonly<Record<string, readonly [Change, RegExp]>> = {
  "the folder is open to its group": [
    (top) => Deno.chmodSync(`${top}/middle/low`, 0o770),
    /^others may write to the folder .*\/low$/,
  ],
  "the folder is open to all, though sticky": [
    (top) => Deno.chmodSync(`${top}/middle/low`, 0o1777),
    /^others may write to the folder .*\/low$/,
  ],
  "the folder above is open to its group": [
    (top) => Deno.chmodSync(`${top}/middle`, 0o770),
    /^others may write to the folder .*\/middle$/,
  ],
  "a folder further above is open to all": [
    (top) => Deno.chmodSync(top, 0o777),
    /^others may write to the folder /,
  ],
  "a link leads to where others may write": [
    (top) => {
      Deno.mkdirSync(`${top}/open`);
      Deno.chmodSync(`${top}/open`, 0o777);
      Deno.renameSync(`${top}/middle`, `${top}/open/middle`);
      Deno.symlinkSync("./open/../open/middle", `${top}/middle`);
    },
    /^others may write to the folder .*\/open$/,
  ],
  "the folder is a link to an open one": [
    (top) => {
      Deno.chmodSync(`${top}/middle/low`, 0o1777);
      Deno.renameSync(`${top}/middle/low`, `${top}/open`);
      Deno.symlinkSync(`${top}/open`, `${top}/middle/low`);
    },
    /^others may write to the folder .*\/open$/,
  ],
  "more links than a system follows": [
    (top) => {
      Deno.renameSync(`${top}/middle`, `${top}/link0`);
      for (let index = 0; index < 41; index++) {
        Deno.symlinkSync(`link${index}`, `${top}/link${index + 1}`);
      }
      Deno.renameSync(`${top}/link41`, `${top}/middle`);
    },
    /too many symbolic links in .*/,
  ],
  "links in a circle": [
    (top) => {
      Deno.removeSync(`${top}/middle/low`);
      Deno.symlinkSync(`../middle/low`, `${top}/middle/low`);
    },
    /too many symbolic links in .*/,
  ],
  "a file": [
    (top) => {
      Deno.removeSync(`${top}/middle/low`);
      Deno.writeTextFileSync(`${top}/middle/low`, "");
    },
    /low is not a folder$/,
  ],
};

const REFUSED_TO_ROOT: typeof REFUSED = {
  "another user's folder": [
    (top) => Deno.chownSync(`${top}/middle/low`, OTHER, OTHER),
    /^the folder .*\/low belongs to user 54321, not to root/,
  ],
  "another user's folder further above": [
    (top) => Deno.chownSync(top, OTHER, OTHER),
    /^the folder .* belongs to user 54321, not to root/,
  ],
};

for (const [what, [change, message]] of Object.entries({ ...REFUSED, ...REFUSED_TO_ROOT })) {
  const ignore = !IS_ROOT && what in REFUSED_TO_ROOT;
  Deno.test(`FolderOwnership finds: ${what}`, { permissions, ignore }, async () => {
    await inFolders((top) => {
      change(top);
      assert.match(new FolderOwnership().check(`${top}/middle/low`)?.problem ?? "", message);
    });
  });
}

Deno.test("FolderOwnership finds another user's link", {
  permissions: { ...permissions, run: ["chown"] },
  ignore: !IS_ROOT,
}, async () => {
  await inFolders(async (top) => {
    await Deno.symlink(`${top}/middle`, `${top}/link`);
    assert.equal(new FolderOwnership().check(`${top}/link/low`), undefined);
    await new Deno.Command("chown", { args: ["-h", "54321", `${top}/link`] }).output();
    const found = new FolderOwnership().check(`${top}/link/low`);
    assert.match(found?.problem ?? "", /^the link .*\/link belongs to user 54321/);
  });
});

Deno.test("FolderOwnership is content with folders of root and of this user", {
  permissions,
}, async () => {
  await inFolders((top) => {
    Deno.chmodSync(top, 0o1777);
    Deno.symlinkSync(`${top}/middle`, `${top}/absolute`);
    Deno.symlinkSync(`middle/../middle/.`, `${top}/relative`);
    const paths = ["middle/low", "absolute/low", "relative/low", "middle/low/", "middle/../middle"];
    for (const path of [...paths, "absent/too", "middle/absent"]) {
      assert.equal(new FolderOwnership().check(`${top}/${path}`), undefined, path);
    }
  });
});

Deno.test("FolderOwnership knows what it has seen when it may not look any more", {
  permissions: { read: true, write: true, sys: ["uid"] },
}, async () => {
  await inFolders((top) => {
    Deno.symlinkSync("middle", `${top}/link`);
    const chain = new FolderOwnership();
    assert.equal(chain.check(`${top}/link/low`), undefined);
    Deno.permissions.revokeSync({ name: "read" });
    assert.equal(chain.check(`${top}/link/low`), undefined);
    const found = chain.check(`${top}/link/new`);
    assert.match(found?.problem ?? "", /\/new can be checked only at the start of the program$/);
    assert.match(
      new FolderOwnership().check(top)?.problem ?? "",
      /^\/ can be checked only at the start of the program$/,
    );
  });
});

async function inFolders(act: (top: string) => Promise<void> | void): Promise<void> {
  await inFastFolder(async (outer) => {
    await Deno.mkdir(`${outer}/top/middle/low`, { recursive: true, mode: 0o700 });
    await act(`${outer}/top`);
  });
}
