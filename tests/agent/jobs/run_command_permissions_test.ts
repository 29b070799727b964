/** Running commands with less than the agent's usual permissions. */

import assert from "node:assert/strict";
import { detectHostTools } from "../../../lib/agent/os/host_tools.ts";
import { permissionFlags } from "../../../lib/cli/sandbox/permissions.ts";
import { assertNothingLeft, PROGRAM_FOLDERS, runToEnd } from "../../support/agent/run_command.ts";

/** Runs one command in its own process. */
const AGENT = new URL("../../support/agent/run_command_process.ts", import.meta.url).pathname;

/** An agent with a list of programs that is complete for its work. */
const LISTED: Deno.PermissionOptionsObject = {
  run: ["/usr/bin/setsid", "/usr/bin/setpriv", "/usr/bin/prlimit", "/usr/bin/getent", "/bin/sh"],
  sys: ["uid"],
  read: [...PROGRAM_FOLDERS],
};

/** An agent that can run one program and no other. */
const LOCKED: Deno.PermissionOptionsObject = {
  run: ["/usr/bin/sleep"],
  sys: ["uid"],
  read: [...PROGRAM_FOLDERS],
};

Deno.test({
  name: "run ends a whole group with a list of programs, through the shell",
  permissions: LISTED,
  async fn() {
    const ran = await runToEnd({
      kind: "shell",
      command: "trap '' TERM; sleep 60 & setsid sleep 60 & echo up; sleep 60",
      timeoutMs: 300,
    });
    assert.deepEqual([ran.end.kind, ran.stdout], ["timeout", "up\n"]);
    await assertNothingLeft(ran);
  },
});

Deno.test({
  name: "run starts programs that are not on the list behind those that are",
  permissions: LISTED,
  async fn() {
    const { stdout } = await runToEnd({ kind: "argv", argv: ["seq", "3"], cwd: "/etc" });
    assert.equal(stdout, "1\n2\n3\n");
  },
});

Deno.test({
  name: "run starts the one program that a locked agent may start, and ends it",
  permissions: LOCKED,
  async fn() {
    const short = await runToEnd({ kind: "argv", argv: ["/usr/bin/sleep", "0"] });
    assert.ok(short.end.kind === "exited" && short.end.code === 0);
    const long = await runToEnd({ kind: "argv", argv: ["/usr/bin/sleep", "60"], timeoutMs: 200 });
    assert.equal(long.end.kind, "timeout");
  },
});

Deno.test({
  name: "run starts nothing else for a locked agent",
  permissions: LOCKED,
  async fn() {
    const cases = [
      { kind: "argv", argv: ["/usr/bin/id"] },
      { kind: "argv", argv: ["id"] },
      { kind: "shell", command: "id" },
      { kind: "argv", argv: ["/usr/bin/setpriv", "id"] },
    ] as const;
    for (const command of cases) {
      const { end } = await runToEnd(command);
      assert.ok(end.kind === "failed", JSON.stringify(end));
      assert.equal(end.code, "not-executable");
    }
    const elsewhere = await runToEnd({ kind: "argv", argv: ["/usr/bin/sleep", "0"], cwd: "/etc" });
    assert.ok(elsewhere.end.kind === "failed" && elsewhere.end.code === "bad-cwd");
    const other = await runToEnd({ kind: "argv", argv: ["/usr/bin/sleep", "0"], user: "daemon" });
    assert.ok(other.end.kind === "failed" && other.end.code === "bad-user");
  },
});

Deno.test({
  name: "detectExecHost says what a locked agent lacks",
  permissions: LOCKED,
  async fn() {
    const { account, setsid, setpriv, prlimit, missing } = await detectHostTools();
    assert.deepEqual([account, setsid, setpriv, prlimit], Array(4).fill(undefined));
    assert.equal(missing.length, 5);
  },
});

Deno.test({
  name: "detectExecHost finds nothing missing here",
  permissions: LISTED,
  async fn() {
    const { account, setpriv, prlimit, missing } = await detectHostTools();
    assert.equal(account?.uid, await ownUid());
    assert.deepEqual([setpriv, prlimit], ["/usr/bin/setpriv", "/usr/bin/prlimit"]);
    assert.deepEqual(missing, []);
  },
});

async function ownUid(): Promise<number> {
  const { stdout } = await runToEnd({ kind: "argv", argv: ["id", "-u"] });
  return Number(stdout);
}

Deno.test({
  name: "run leaves a missing program to the system where the agent may not look",
  permissions: { run: true, sys: ["uid"] },
  async fn() {
    const { end, stderr } = await runToEnd({ kind: "argv", argv: ["nx-no-such-program"] });
    assert.ok(end.kind === "exited" && end.code === 127);
    assert.match(stderr, /nx-no-such-program/);
    assert.equal((await runToEnd({ kind: "argv", argv: ["seq", "1"] })).stdout, "1\n");
  },
});

Deno.test({
  name: "run refuses a bare name where neither the agent nor setpriv may look for it",
  permissions: { run: ["/usr/bin/sleep"], sys: ["uid"] },
  async fn() {
    const { end } = await runToEnd({ kind: "argv", argv: ["sleep", "0"] });
    assert.ok(end.kind === "failed" && end.code === "not-found");
  },
});

Deno.test({
  name: "run has nothing survive that a locked agent could not watch over",
  permissions: LOCKED,
  async fn() {
    const host = { ...await detectHostTools(), setsid: "/usr/bin/setsid" };
    const detachSupport = { store: { folderOf: () => "/nowhere" } };
    const command = { kind: "argv", argv: ["/usr/bin/sleep", "0"], survive: true } as const;
    const { end } = await runToEnd(command, { host, detachSupport });
    assert.ok(end.kind === "failed" && end.code === "bad-survive");
    assert.match(end.reason, /may not run \/bin\/sh/);
  },
});

Deno.test({
  name: "run ends a command with its agent",
  permissions: { run: true, read: true },
  async fn() {
    const command = { kind: "shell", command: "echo up; exec sleep 60" };
    const job = crypto.randomUUID();
    const flags = permissionFlags("exec", {});
    const agent = new Deno.Command(Deno.execPath(), {
      args: ["run", ...flags, AGENT, job, JSON.stringify(command)],
      stdin: "null",
      stdout: "piped",
    }).spawn();
    const reader = agent.stdout.getReader();
    const pid = Number(new TextDecoder().decode((await reader.read()).value));
    await reader.cancel();
    agent.kill("SIGKILL");
    await agent.status;
    await assertNothingLeft({ job, pid });
  },
});
