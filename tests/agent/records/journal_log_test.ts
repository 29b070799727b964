import { deepStrictEqual } from "node:assert/strict";
import { Journal } from "../../../lib/agent/records/journal.ts";

const PROGRAM = new URL("../../support/agent/killed_journal.ts", import.meta.url).pathname;
const permissions: Deno.PermissionOptionsObject = { read: true, write: true, run: true };

/**
 * Returns whether the journal of a killed process, after `change`, is trusted, and knows the
 * request.
 */
async function after(change: (path: string) => Promise<void>): Promise<unknown> {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/journal.db`;
  const args = ["run", "--no-lock", "--allow-read", "--allow-write", "--allow-run", PROGRAM, path];
  await new Deno.Command(Deno.execPath(), { args, stdout: "null", stderr: "null" }).output();
  await change(path);
  try {
    using journal = new Journal({ path });
    return { trusted: !journal.changedByOthers, known: journal.digestOf("a") };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("Journal trusts what a killed process has left", { permissions }, async () => {
  deepStrictEqual(await after(() => Promise.resolve()), { trusted: true, known: "a" });
});

Deno.test("Journal notices that its write-ahead log was removed", { permissions }, async () => {
  const found = await after((path) => Deno.remove(`${path}-wal`));
  deepStrictEqual(found, { trusted: false, known: undefined });
});

Deno.test("Journal notices that its write-ahead log was put back", { permissions }, async () => {
  const found = await after((path) => Deno.copyFile(`${path}-wal-copy`, `${path}-wal`));
  deepStrictEqual(found, { trusted: false, known: undefined });
});
