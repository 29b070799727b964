import assert from "node:assert/strict";
import { type Account, findAccount, findGroups } from "../../../lib/agent/os/accounts.ts";
import { checkCredentials, dropPrivileges } from "../../../lib/agent/os/drop_privileges.ts";
import { UserError } from "../../../lib/base/errors.ts";
import {
  type DropPrivilegesReport,
  dropPrivilegesWords,
  isReachable,
} from "../../support/agent/drop_privileges_process.ts";
import { AS_ROOT } from "../../support/agent/run_command.ts";
import { temporaryUser } from "../../support/programs/temporary_user.ts";

/** For tests that start agents as other processes. */
const STARTS: Deno.PermissionOptionsObject = { run: true, read: true, sys: ["uid"] };

const SELF = ["/usr/bin/env"] as const;

async function accountOf(name: string): Promise<Account> {
  const lookup = await findAccount(name);
  assert.ok(lookup.kind === "found");
  return lookup.account;
}

/** Runs an agent and reads its report and that of the waiting process. */
async function runAgent(
  words: readonly string[],
): Promise<{ code: number; said: DropPrivilegesReport[] }> {
  const [program = "", ...args] = words;
  const command = new Deno.Command(program, {
    args,
    env: { HOME: "/tmp", TZ: "secret" },
    stderr: "inherit",
  });
  const { code, stdout } = await command.output();
  const lines = new TextDecoder().decode(stdout).trimEnd().split("\n");
  return { code, said: lines.map((line) => JSON.parse(line)) };
}

async function assertIs(account: Account, said: DropPrivilegesReport | undefined): Promise<void> {
  assert.ok(said?.kind === "ready", JSON.stringify(said));
  const groups = await findGroups(account.name);
  assert.equal(checkCredentials(said.status, account, groups), undefined);
}

Deno.test({
  name:
    "dropTo starts a root's agent again as the user, groups and all (only as root, where all may read)",
  ignore: !AS_ROOT || !isReachable(),
  permissions: STARTS,
  async fn() {
    await using user = await temporaryUser(["games", "mail"]);
    const account = await accountOf(user.name);
    assert.equal((await findGroups(user.name)).size, 3);
    const { code, said } = await runAgent(dropPrivilegesWords(user.name));
    await assertIs(account, said[0]);
    assert.equal(said[0]?.kind === "ready" && said[0].home, account.home);
    assert.equal(said[0]?.kind === "ready" && said[0].leaked, undefined);
    assert.deepEqual(said[1], { kind: "ended", run: "prompt" });
    assert.equal(code, 7);
  },
});

Deno.test({
  name: "dropTo passes signals on to the agent that it started (only as root, where all may read)",
  ignore: !AS_ROOT || !isReachable(),
  permissions: STARTS,
  async fn() {
    const [program, ...args] = dropPrivilegesWords("daemon", "wait");
    const agent = new Deno.Command(program, { args, stdin: "null", stdout: "piped" }).spawn();
    const reader = agent.stdout.getReader();
    await reader.read(); // It runs as the user now.
    agent.kill("SIGTERM");
    assert.equal((await agent.status).code, 7);
    await reader.cancel();
  },
});

Deno.test({
  name: "dropTo is content with an agent that runs as the user already (only as root)",
  ignore: !AS_ROOT,
  permissions: STARTS,
  async fn() {
    const account = await accountOf("daemon");
    const { code, said } = await runAgent([
      ...["/usr/bin/setpriv", "--reuid=daemon", `--regid=${account.gid}`, "--init-groups"],
      ...["--inh-caps=-all", "--", ...dropPrivilegesWords("daemon")],
    ]);
    assert.equal(said.length, 1);
    await assertIs(account, said[0]);
    assert.equal(code, 7);
  },
});

/** Options of setpriv that change the user incompletely, and the expected error. */
const INCOMPLETE: Record<string, [readonly string[], RegExp]> = {
  "root's group": [["--reuid=daemon", "--regid=root", "--clear-groups"], /group ids are 0/],
  "an extra group": [
    ["--reuid=daemon", "--regid=daemon", "--groups=daemon,mail"],
    /still in group/,
  ],
  "root's supplementary group": [
    ["--reuid=daemon", "--regid=daemon", "--groups=root,daemon"],
    /still in group 0$/,
  ],
  "root's saved user id": [["--ruid=daemon", "--regid=daemon", "--init-groups"], /user ids are/],
  "capabilities": [
    [
      ...["--reuid=daemon", "--regid=daemon", "--init-groups"],
      ...["--inh-caps=+chown", "--ambient-caps=+chown"],
    ],
    /capabilities/,
  ],
  "another user": [
    ["--reuid=games", "--regid=games", "--clear-groups"],
    /cannot become "[a-z]+": the agent is not root/,
  ],
};

for (const [what, [options, expected]] of Object.entries(INCOMPLETE)) {
  Deno.test({
    name: `dropTo refuses an agent with ${what} (only as root)`,
    ignore: !AS_ROOT,
    permissions: STARTS,
    async fn() {
      const words = ["/usr/bin/setpriv", ...options, "--", ...dropPrivilegesWords("daemon")];
      const { code, said } = await runAgent(words);
      assert.ok(said[0]?.kind === "refused", JSON.stringify(said));
      assert.match(said[0].message, expected);
      assert.equal(code, 1);
    },
  });
}

for (const name of ["", "-1", "0", "#0", "4294967295", "root\n", "nx-no-such-user", "a b", "-u"]) {
  Deno.test({
    name: `dropTo knows no user ${JSON.stringify(name)}`,
    permissions: { run: ["/usr/bin/getent", "/bin/getent"], sys: ["uid"] },
    async fn() {
      await assert.rejects(dropPrivileges(name, { self: SELF }), (error) => {
        assert.ok(error instanceof UserError);
        assert.match(error.message, /^no such user: "[\x20-\x7e]*"$/);
        return true;
      });
    },
  });
}

Deno.test({
  name: "dropTo refuses when it cannot look up users",
  permissions: { sys: ["uid"] },
  async fn() {
    await assert.rejects(
      dropPrivileges("root", { self: SELF }),
      /cannot look up user "[a-z]+": cannot run getent/,
    );
  },
});

Deno.test({
  name: "dropTo has nothing to drop when root is to be root (only as root)",
  ignore: !AS_ROOT,
  permissions: { run: ["/usr/bin/getent", "/bin/getent"], sys: ["uid"] },
  async fn() {
    assert.equal((await dropPrivileges("root", { self: SELF })).kind, "ready");
  },
});

Deno.test({
  name: "dropTo refuses without setpriv (only as root)",
  ignore: !AS_ROOT,
  permissions: { run: ["/usr/bin/getent", "/bin/getent"], sys: ["uid"] },
  async fn() {
    await assert.rejects(
      dropPrivileges("daemon", { self: SELF }),
      /this host has no setpriv of util-linux/,
    );
  },
});

Deno.test({
  name: "dropTo refuses a user who may not execute the agent (only as root)",
  ignore: !AS_ROOT,
  permissions: { ...STARTS, write: true },
  async fn() {
    const folder = await Deno.makeTempDir(); // mode 0700
    try {
      await Deno.copyFile("/usr/bin/env", `${folder}/agent`);
      const dropping = dropPrivileges("daemon", { self: [`${folder}/agent`] });
      await assert.rejects(dropping, /^UserError: user "daemon" may not execute/);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
