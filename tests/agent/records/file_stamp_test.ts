import assert from "node:assert/strict";
import { FileStamp } from "../../../lib/agent/records/file_stamp.ts";
import { inFastFolder } from "../../support/fast_folder.ts";

const permissions: Deno.PermissionOptions = { read: true, write: true };

Deno.test("FileStamp knows a file that nobody has changed", { permissions }, async () => {
  await inFolder((path) => {
    Deno.writeTextFileSync(path, "one");
    const stamp = new FileStamp(path);
    assert.equal(stamp.isUntouched(7), false);
    stamp.update(7);
    assert.equal(new FileStamp(path).isUntouched(7), true);
    assert.equal(new FileStamp(path).isUntouched(8), false);
    assert.equal((Deno.statSync(`${path}-stamp`).mode ?? 0) & 0o777, 0o600);
  });
});

Deno.test("FileStamp notices the same bytes in another file", { permissions }, async () => {
  await inFolder((path) => {
    Deno.writeTextFileSync(path, "one");
    new FileStamp(path).update(7);
    const { atime, mtime } = Deno.statSync(path);
    Deno.copyFileSync(path, `${path}.copy`);
    Deno.renameSync(`${path}.copy`, path);
    if (atime && mtime) Deno.utimeSync(path, atime, mtime);
    assert.equal(new FileStamp(path).isUntouched(7), false);
  });
});

Deno.test("FileStamp notices other bytes of the same length, however quickly", {
  permissions,
}, async () => {
  await inFolder((path) => {
    Deno.writeTextFileSync(path, "one");
    new FileStamp(path).update(7);
    const { mtime } = Deno.statSync(path);
    do Deno.writeTextFileSync(path, "two"); while (
      Deno.statSync(path).mtime?.getTime() === mtime?.getTime()
    ); // the kernel's tick
    assert.equal(new FileStamp(path).isUntouched(7), false);
  });
});

Deno.test("FileStamp notices what happens to the files beside it", {
  permissions,
}, async () => {
  await inFolder((path) => {
    for (const end of ["", "-wal"]) Deno.writeTextFileSync(path + end, "one");
    const stamp = () => new FileStamp(path, ["-wal"]);
    stamp().update(7);
    assert.equal(stamp().isUntouched(7), true);
    Deno.writeTextFileSync(`${path}-wal`, "three");
    assert.equal(stamp().isUntouched(7), false);
    stamp().update(7);
    Deno.removeSync(`${path}-wal`);
    assert.equal(stamp().isUntouched(7), false);
  });
});

Deno.test("FileStamp is found when the file was changed since it was left", {
  permissions,
}, async () => {
  await inFolder((path) => {
    Deno.writeTextFileSync(path, "one");
    const stamp = new FileStamp(path);
    stamp.update(7);
    Deno.writeTextFileSync(path, "three");
    assert.equal(new FileStamp(path).isUntouched(7), false);
    stamp.update(7);
    assert.equal(new FileStamp(path).isUntouched(7), true);
  });
});

Deno.test("FileStamp that cannot be written counts as none", { permissions }, async () => {
  await inFolder((path) => {
    Deno.writeTextFileSync(path, "one");
    Deno.mkdirSync(`${path}-stamp`);
    new FileStamp(path).update(7);
    assert.equal(new FileStamp(path).isUntouched(7), false);
  });
});

async function inFolder(act: (path: string) => void): Promise<void> {
  await inFastFolder((folder) => act(`${folder}/file`));
}
