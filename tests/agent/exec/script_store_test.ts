import assert from "node:assert/strict";
import { detectHostTools } from "../../../lib/agent/os/host_tools.ts";
import { placeScript, ScriptStore } from "../../../lib/agent/exec/script.ts";
import { newRequestId } from "../../../lib/envelope/statements/body_fields.ts";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import { resolveRunAs } from "../../../lib/agent/exec/run_as.ts";
import { setprivWords } from "../../../lib/agent/os/accounts.ts";
import { AS_ROOT } from "../../support/agent/run_command.ts";
import { temporaryUser } from "../../support/programs/temporary_user.ts";

const permissions: Deno.PermissionOptionsObject = {
  run: true,
  sys: ["uid"],
  read: true,
  write: true,
};

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

/** Leaves the script of a crashed process. */
async function leave(state: string, user: string | undefined): Promise<string> {
  const host = await detectHostTools();
  const identity = await resolveRunAs(user, host);
  assert.ok(identity.kind === "run-as");
  const asUser = setprivWords(host, identity.setprivOptions);
  const job = newRequestId();
  const notes = new ScriptStore(`${state}/scripts`);
  const placed = await placeScript(encodeUtf8("true"), { job, user, asUser, records: notes });
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
      const notes = new ScriptStore(`${state}/scripts`);
      assert.ok(await exists(`/tmp/nanoexec-${gone}/script`));
      const host = await detectHostTools();
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
  name: "ScriptNotesFolder removes nothing that another user has put in a script's place",
  permissions,
  ignore: !AS_ROOT,
  async fn() {
    const state = await Deno.makeTempDir();
    const elsewhere = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(`${elsewhere}/theirs`, "");
      const [linked, made] = [await leave(state, undefined), await leave(state, undefined)];
      for (const job of [linked, made]) {
        await Deno.remove(`/tmp/nanoexec-${job}`, { recursive: true });
      }
      await Deno.symlink(elsewhere, `/tmp/nanoexec-${linked}`);
      await Deno.mkdir(`/tmp/nanoexec-${made}/script`, { recursive: true });
      await Deno.chown(`/tmp/nanoexec-${made}`, 65_534, 65_534);
      await new ScriptStore(`${state}/scripts`).clear(await detectHostTools());
      assert.ok(await exists(`${elsewhere}/theirs`));
      assert.ok(await exists(`/tmp/nanoexec-${made}/script`));
      assert.deepEqual(await Array.fromAsync(Deno.readDir(`${state}/scripts`)), []);
      await Deno.remove(`/tmp/nanoexec-${linked}`);
      await Deno.remove(`/tmp/nanoexec-${made}`, { recursive: true });
    } finally {
      await Deno.remove(state, { recursive: true });
      await Deno.remove(elsewhere, { recursive: true });
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
        await new ScriptStore(`${state}/scripts`).clear(await detectHostTools());
        assert.ok(!await exists(`/tmp/nanoexec-${jobs[0]}`));
        jobs.push(await leave(state, user.name));
      }
      await new ScriptStore(`${state}/scripts`).clear(await detectHostTools());
      assert.deepEqual([...Deno.readDirSync(`${state}/scripts`)], []);
      await Deno.remove(`/tmp/nanoexec-${jobs[1]}`, { recursive: true });
    } finally {
      await Deno.remove(state, { recursive: true });
    }
  },
});
