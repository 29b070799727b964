import assert from "node:assert/strict";
import type { FailureCode } from "../../../lib/agent/exec/command.ts";
import { detectHostTools, type HostTools } from "../../../lib/agent/os/host_tools.ts";
import { type Launch, planLaunch } from "../../../lib/agent/exec/launch.ts";
import {
  AGENT_PERMISSIONS,
  AS_ROOT,
  complete,
  type TestCommand,
} from "../../support/agent/run_command.ts";

const BARE: HostTools = {
  uid: 1000,
  account: { name: "alice", uid: 1000, gid: 1000, home: "/home/alice" },
  setsid: undefined,
  setpriv: undefined,
  prlimit: undefined,
  hardLimits: {},
  missing: [],
};

const FULL: HostTools = {
  ...BARE,
  setsid: "/usr/bin/setsid",
  setpriv: "/usr/bin/setpriv",
  prlimit: "/usr/bin/prlimit",
};

function plan(command: TestCommand, host: HostTools = FULL) {
  return planLaunch(complete(command), { host, job: "a1", hostName: "web1" });
}

async function launch(command: TestCommand, host?: HostTools): Promise<Launch> {
  const planned = await plan(command, host);
  assert.ok(planned.kind === "launch", JSON.stringify(planned));
  return planned;
}

Deno.test({
  name: "planLaunch puts setpriv, setsid and prlimit in front of the command",
  permissions: AGENT_PERMISSIONS,
  async fn() {
    const { words, cwd, program } = await launch({ kind: "argv", argv: ["/bin/sh", "-x", "--"] });
    assert.deepEqual(words, [
      ...["/usr/bin/setpriv", "--pdeathsig=KILL", "--", "/usr/bin/setsid"],
      ...["/usr/bin/prlimit", "--core=0", "--nofile=1024", "--nproc=4096"],
      ...["--fsize=1073741824", "--cpu=3600", "--"],
      ...["/bin/sh", "-x", "--"],
    ]);
    assert.deepEqual([cwd, program], ["/", "/bin/sh"]);
  },
});

Deno.test({
  name: "planLaunch leaves out what the host lacks",
  permissions: AGENT_PERMISSIONS,
  async fn() {
    const { words, detached } = await launch("uptime", BARE);
    assert.deepEqual([words, detached], [["/bin/sh", "-c", "uptime"], true]);
  },
});

Deno.test({
  name: "planLaunch lets a surviving command live on without the agent",
  permissions: AGENT_PERMISSIONS,
  async fn() {
    const { words } = await launch({ kind: "shell", command: "x", survive: true });
    assert.ok(words.every((word) => !word.startsWith("--pdeathsig")));
  },
});

Deno.test({
  name: "planLaunch limits core files only for a command of root's",
  permissions: AGENT_PERMISSIONS,
  async fn() {
    const { rlimits } = await launch("x", { ...FULL, uid: 0, account: undefined });
    assert.deepEqual(rlimits, { core: 0 });
  },
});

Deno.test({
  name: "planLaunch needs no prlimit for limits that a command inherits",
  permissions: AGENT_PERMISSIONS,
  async fn() {
    const root = { ...FULL, uid: 0, account: undefined };
    const { words } = await launch("x", { ...root, hardLimits: { core: 0 } });
    assert.ok(!words.includes("/usr/bin/prlimit"));
    const { words: limited } = await launch("x", { ...root, hardLimits: { core: 1 } });
    assert.ok(limited.includes("--core=0"));
  },
});

Deno.test({
  name: "planLaunch becomes another user by name, with that user's groups and no way back",
  permissions: AGENT_PERMISSIONS,
  async fn() {
    const { words, account, environment } = await launch(
      { kind: "argv", argv: ["/bin/sh"], user: "daemon" },
      { ...FULL, uid: 0 },
    );
    assert.ok(account !== undefined);
    assert.deepEqual(words.slice(0, words.indexOf("--") + 1), [
      ...["/usr/bin/setpriv", "--reuid=daemon", `--regid=${account.gid}`, "--init-groups"],
      ...["--inh-caps=-all", "--no-new-privs", "--bounding-set=-all", "--pdeathsig=KILL", "--"],
    ]);
    assert.equal(environment.USER, "daemon");
    assert.equal(environment.HOME, account.home);
  },
});

Deno.test({
  name: "planLaunch needs no change for the agent's own user",
  permissions: AGENT_PERMISSIONS,
  async fn() {
    const host = await detectHostTools();
    const name = host.account?.name;
    assert.ok(name !== undefined, "the tests run as a user without an entry");
    const planned = await launch({ kind: "argv", argv: ["/bin/sh"], user: name }, host);
    assert.deepEqual(planned.account, host.account);
  },
});

const LARGEST_ARGUMENT = "x".repeat(128 * 1024 - "/bin/echo".length - 2);

Deno.test({
  name: "planLaunch takes arguments as they are, up to the bounds",
  permissions: AGENT_PERMISSIONS,
  async fn() {
    const odd = ["/bin/echo", "-n", "--", "a\nb", "", "$HOME", "\u{e4}", "'; reboot"];
    assert.deepEqual((await launch({ kind: "argv", argv: odd })).words.slice(-odd.length), odd);
    await launch({ kind: "argv", argv: ["/bin/echo", LARGEST_ARGUMENT] });
    await launch({ kind: "argv", argv: ["/bin/echo", ...Array(255).fill("x")] });
  },
});

function argv(...argv: readonly string[]) {
  return { kind: "argv", argv } as const;
}

const sh = argv("/bin/sh");

const REFUSED: [string, TestCommand, FailureCode, HostTools?][] = [
  ["no program", argv(), "bad-argv"],
  ["an empty program", argv(""), "bad-argv"],
  ["a relative program", argv("./sh"), "bad-argv"],
  ["a program with ..", argv("/bin/../bin/sh"), "bad-argv"],
  ["a program with //", argv("//bin/sh"), "bad-argv"],
  ["a folder as program", argv("/bin"), "not-executable"],
  ["an unknown program", argv("nx-no-such-program"), "not-found"],
  ["an option as program", argv("--dump"), "bad-argv"],
  ["257 arguments", argv("/bin/echo", ...Array(256).fill("x")), "bad-argv"],
  ["more than 128 KiB of arguments", argv("/bin/echo", LARGEST_ARGUMENT + "x"), "bad-argv"],
  ["many bytes in few characters", argv("/bin/echo", "\u{20ac}".repeat(50_000)), "bad-argv"],
  ["a NUL in an argument", argv("/bin/echo", "a\0b"), "bad-argv"],
  ["a NUL in a shell command", "echo a\0b", "bad-argv"],
  ...["-1", "#0", "4294967295", "0", "nx-no-such-user", "root\n", "NaN", ""].map((
    user,
  ): [string, TestCommand, FailureCode, HostTools] => [
    `the user ${JSON.stringify(user)}`,
    { ...sh, user },
    "bad-user",
    { ...FULL, uid: 0 },
  ]),
  ["a user, where the agent is not root", { ...sh, user: "daemon" }, "bad-user"],
  ["root, where the agent is not root", { ...sh, user: "root" }, "bad-user"],
  ["a user, where setpriv is missing", { ...sh, user: "daemon" }, "bad-user", { ...BARE, uid: 0 }],
  ["LD_PRELOAD", { ...sh, env: { LD_PRELOAD: "/tmp/x.so" } }, "bad-env"],
  ["a variable with =", { ...sh, env: { "A=B": "" } }, "bad-env"],
  ["a missing folder", { ...sh, cwd: "/nx/no/such/folder" }, "bad-cwd"],
  ["a file as folder", { ...sh, cwd: "/etc/passwd" }, "bad-cwd"],
  ["a relative folder", { ...sh, cwd: "tmp" }, "bad-cwd"],
  ["an empty folder", { ...sh, cwd: "" }, "bad-cwd"],
  ["a folder with ..", { ...sh, cwd: "/usr/../tmp" }, "bad-cwd"],
  ["a folder with /", { ...sh, cwd: "/tmp/" }, "bad-cwd"],
  ["a folder with a NUL", { ...sh, cwd: "/tmp\0/x" }, "bad-cwd"],
  ...[0, -1, 2 ** 31, 1.5, NaN, Infinity].map((
    timeoutMs,
  ): [string, TestCommand, FailureCode] => [
    `time limit of ${timeoutMs}`,
    { ...sh, timeoutMs },
    "bad-limit",
  ]),
  ...[-1, 1.5, NaN, 16 * 1024 * 1024 + 1].map((
    maxOutput,
  ): [string, TestCommand, FailureCode] => [
    `an output limit of ${maxOutput}`,
    { ...sh, maxOutput },
    "bad-limit",
  ]),
];

for (const [what, command, reason, host] of REFUSED) {
  Deno.test({
    name: `planLaunch refuses ${what}`,
    permissions: AGENT_PERMISSIONS,
    async fn() {
      const planned = await plan(command, host);
      assert.ok(planned.kind === "failed", JSON.stringify(planned));
      assert.equal(planned.code, reason);
      assert.match(planned.reason, /^[\x20-\x7e]{1,300}$/);
    },
  });
}

Deno.test({
  name: "planLaunch refuses a folder behind a link and names the real one",
  permissions: { ...AGENT_PERMISSIONS, read: true, write: true }, // Deno.symlink needs both in full
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.mkdir(`${folder}/real`);
      await Deno.symlink(`${folder}/real`, `${folder}/link`);
      assert.equal((await launch({ ...sh, cwd: `${folder}/real` })).cwd, `${folder}/real`);
      const planned = await plan({ ...sh, cwd: `${folder}/link` });
      assert.ok(planned.kind === "failed");
      assert.match(planned.reason, /has a link in its path: use ".*\/real"/);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test({
  name: "planLaunch refuses a folder that the command's user cannot enter (only as root)",
  ignore: !AS_ROOT,
  permissions: { ...AGENT_PERMISSIONS, write: true },
  async fn() {
    const folder = await Deno.makeTempDir(); // mode 0700
    try {
      const host = await detectHostTools();
      assert.equal((await launch({ ...sh, cwd: folder }, host)).cwd, folder);
      const planned = await plan({ ...sh, cwd: folder, user: "daemon" }, host);
      assert.equal(planned.kind === "failed" && planned.code, "bad-cwd");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
