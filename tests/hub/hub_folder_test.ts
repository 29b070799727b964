/**
 * The folder of a hub.
 * @module
 */
import assert from "node:assert/strict";
import { HubFolder } from "../../lib/hub/hub_daemon.ts";
import { inFastFolder } from "../support/fast_folder.ts";

const permissions: Deno.PermissionOptions = { read: true, write: true, sys: ["uid"] };

Deno.test("HubFolder is made for its owner alone, and names what is in it", {
  permissions,
}, async () => {
  await inFastFolder((parent) => {
    using folder = new HubFolder(`${parent}/a/hub`);
    assert.equal((Deno.statSync(`${parent}/a/hub`).mode ?? 0) & 0o777, 0o700);
    assert.equal(folder.store, `${parent}/a/hub/hub.db`);
    assert.equal(folder.control, `${parent}/a/hub/control.sock`);
  });
});

Deno.test("HubFolder has one hub at a time", { permissions }, async () => {
  await inFastFolder((parent) => {
    const path = `${parent}/hub`;
    const first = new HubFolder(path);
    assert.throws(() => new HubFolder(path), {
      name: "UserError",
      message: `another hub uses the state folder ${path}`,
      hint: "stop that hub, or use another folder with --state",
    });
    first[Symbol.dispose]();
    new HubFolder(path)[Symbol.dispose]();
  });
});

Deno.test("HubFolder refuses what is no folder, with a hint", { permissions }, async () => {
  await inFastFolder((parent) => {
    Deno.writeTextFileSync(`${parent}/file`, "");
    assert.throws(() => new HubFolder(`${parent}/file`), {
      message: /^cannot use the state folder .*file/,
      hint: "use another folder with --state",
    });
  });
});
