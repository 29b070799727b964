import assert from "node:assert/strict";
import { detectExecHost } from "../../lib/agent/exec_host.ts";
import { placeScript } from "../../lib/agent/script_file.ts";
import { ScriptNotesFolder } from "../../lib/agent/script_notes.ts";
import { newRequestId } from "../../lib/envelope/statements/body_fields.ts";
import { encodeUtf8 } from "../../lib/base/bytes.ts";
import { findIdentity } from "../../lib/agent/identity.ts";
import { setprivWords } from "../../lib/agent/launch.ts";
import { AS_ROOT } from "../support/agent/run_command.ts";
import { temporaryUser } from "../support/programs/temporary_user.ts";

const permissions: Deno.PermissionOptionsObject = {
  run: true,
  sys: ["uid"],
  read: true,
  write: true,
};

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

/** Leaves the script of a process that came to a sudden end. */
async function leave(state: string, user: string | undefined): Promise<string> {
  const host = await detectExecHost();
  const identity = await findIdentity(user, host);
  assert.ok(identity.kind === "identity");
  const asUser = setprivWords(host, identity.options);
  const job = newRequestId();
  const notes = new ScriptNotesFolder(`${state}/scripts`);
  const placed = await placeScript(encodeUtf8("true"), { job, user, asUser, notes });
  assert.equal(placed.kind, "placed");
  return job;
}

Deno.test({
  name: "ScriptNotesFolder has the scripts of an earlier process removed",
  permissions,
  async fn() {
    const state = await Deno.makeTempDir();
    try {
      const [gone, kept] = [await leave(state, undefined), await leave(state, undefined)];
      const notes = new ScriptNotesFolder(`${state}/scripts`);
      assert.ok(await exists(`/tmp/nanoexec-${gone}/script`));
      const host = await detectExecHost();
      await notes.clear(host, new Set([kept]));
      assert.ok(!await exists(`/tmp/nanoexec-${gone}`));
      assert.ok(await exists(`/tmp/nanoexec-${kept}/script`));
      await notes.clear(host);
      assert.ok(!await exists(`/tmp/nanoexec-${kept}`));
      assert.deepEqual([...Deno.readDirSync(`${state}/scripts`)], []);
    } finally {
      await Deno.remove(state, { recursive: true });
    }
  },
});

Deno.test({
  name: "ScriptNotesFolder removes scripts as the user whose they are, and forgets who is gone",
  permissions,
  ignore: !AS_ROOT,
  async fn() {
    const state = await Deno.makeTempDir();
    try {
      const jobs: string[] = [];
      {
        await using user = await temporaryUser([]);
        jobs.push(await leave(state, user.name));
        await new ScriptNotesFolder(`${state}/scripts`).clear(await detectExecHost());
        assert.ok(!await exists(`/tmp/nanoexec-${jobs[0]}`));
        jobs.push(await leave(state, user.name));
      }
      await new ScriptNotesFolder(`${state}/scripts`).clear(await detectExecHost());
      assert.deepEqual([...Deno.readDirSync(`${state}/scripts`)], []);
      await Deno.remove(`/tmp/nanoexec-${jobs[1]}`, { recursive: true });
    } finally {
      await Deno.remove(state, { recursive: true });
    }
  },
});
