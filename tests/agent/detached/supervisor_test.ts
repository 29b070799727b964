import assert from "node:assert/strict";
import {
  makeCommandScript,
  makeSupervisorScript,
  Supervisor,
  type SupervisorPlan,
} from "../../../lib/agent/detached/supervisor.ts";
import {
  spoolBytesIn,
  spoolPartsIn,
  waitForFile,
  waitUntilSpooled,
} from "../../support/agent/detached_command.ts";

const permissions: Deno.PermissionOptionsObject = { read: true, write: true, run: true };

type KeepOptions = Partial<SupervisorPlan> & { readonly shell?: string };

/** Runs `words` under a supervisor; returns its folder once it has ended. */
async function keep(words: readonly string[], options: KeepOptions = {}): Promise<string> {
  const { path, ended } = await begin(words, options);
  await ended;
  return path;
}

/** Starts a supervisor; returns its folder and its end. */
async function begin(
  words: readonly string[],
  { shell = "/bin/sh", ...more }: KeepOptions = {},
): Promise<{ readonly path: string; readonly ended: Promise<unknown> }> {
  const folder = await Deno.makeTempDir({ prefix: "nanoexec_keeper'_" });
  const plan: SupervisorPlan = {
    ...{ folder, job: "a1", words, cwd: "/", environment: {}, headBytes: 300, tailBytes: 100 },
    ...more,
  };
  const script = makeSupervisorScript(plan).replaceAll("exec /bin/sh ", `exec ${shell} `);
  await Deno.writeTextFile(`${folder}/keep`, script);
  await Deno.writeTextFile(`${folder}/command`, makeCommandScript(plan));
  await Deno.writeTextFile(`${folder}/ready`, "");
  const child = new Deno.Command("/usr/bin/setsid", {
    args: [...shell.split(" "), "keep"],
    clearEnv: true,
    env: { PATH: "/usr/bin:/bin", ...plan.environment },
    cwd: folder,
    stdin: "null",
  }).spawn();
  return { path: folder, ended: child.status };
}

/** Returns how the command in `folder` has ended. */
function endOf(folder: string): string {
  const state = new Supervisor(folder).state();
  return "status" in state ? `${state.kind} ${state.status}` : state.kind;
}

for (const shell of ["/usr/bin/dash", "/usr/bin/bash", "/usr/bin/busybox sh"]) {
  Deno.test(`a supervisor that ${shell} runs tells exit codes from signals`, {
    permissions,
  }, async () => {
    const rows = [
      ["exit 0", "exited 0"],
      ["exit 137", "exited 137"],
      ["kill -KILL $$", "signalled 9"],
      ["kill -SEGV $$", "signalled 11"],
      ["kill -TERM 0", "signalled 15"],
    ] as const;
    for (const [line, end] of rows) {
      const folder = await keep(["/usr/bin/setsid", "/bin/sh", "-c", line], { shell });
      assert.equal(endOf(folder), end, line);
      await Deno.remove(folder, { recursive: true });
    }
  });

  Deno.test(`a supervisor that ${shell} runs passes words and environment on as they are`, {
    permissions,
  }, async () => {
    const words = ["it's", "$HOME `id` \\ *", "two\nlines", "", "ä'\"'"];
    const line =
      'for word; do printf "%s\\0" "$word"; done; printf "%s" "$A" >&2; umask >&2; pwd >&2';
    const environment = { A: "b c", NANOEXEC_HOST: "web1" };
    const argv = ["/bin/sh", "-c", line, "sh", ...words];
    const folder = await keep(argv, { shell, cwd: "/usr", environment });
    const stdout = await Deno.readTextFile(`${folder}/stdout.0`);
    assert.deepEqual(stdout.split("\0").slice(0, -1), words);
    const told = await Deno.readTextFile(`${folder}/stderr.0`);
    assert.equal(told, `b c${await shellSays("umask")}/usr\n`);
    await Deno.remove(folder, { recursive: true });
  });
}

Deno.test("a supervisor's command has the environment that was meant, with its mark", {
  permissions,
}, async () => {
  const folder = await keep(["/usr/bin/env"], { environment: { A: "b" } });
  const text = await Deno.readTextFile(`${folder}/stdout.0`);
  assert.deepEqual(text.trimEnd().split("\n").toSorted(), [
    ...["A=b", "NANOEXEC_JOB=a1", "PATH=/usr/bin:/bin"],
  ]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a supervisor keeps the beginning of a stream and its end, and counts the rest", {
  permissions,
}, async () => {
  const folder = await keep(["/bin/sh", "-c", "head -c 30000000 /dev/zero; echo end"]);
  const parts = spoolPartsIn(folder, "stdout");
  const last = parts.at(-1);
  assert.ok(last && parts.length <= 3, JSON.stringify(parts));
  assert.equal(last.offset + last.size, 30_000_004);
  assert.ok(spoolBytesIn(folder) < 15_000_000, `${spoolBytesIn(folder)}`);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a supervisor changes no file once it has told the end, whoever still prints", {
  permissions,
}, async () => {
  const line = "yes & echo $! >&2; exit 5";
  const words = ["/usr/bin/setsid", "/bin/sh", "-c", line];
  const folder = await begin(words);
  await waitUntilSpooled(folder.path);
  const told = spoolPartsIn(folder.path, "stdout");
  await folder.ended;
  assert.equal(endOf(folder.path), "exited 5");
  assert.deepEqual(spoolPartsIn(folder.path, "stdout"), told);
  const writer = (await Deno.readTextFile(`${folder.path}/stderr.0`)).trim();
  // Nobody reads its output, so it ends.
  await shellSays(`while kill -0 ${writer} 2>/dev/null; do sleep 0.02; done`);
  await Deno.remove(folder.path, { recursive: true });
});

Deno.test("a supervisor that is asked to end tells the end of its command first", {
  permissions,
}, async () => {
  const folder = await begin(["/usr/bin/setsid", "/bin/sh", "-c", "echo up; sleep 0.5; exit 6"]);
  await waitForFile(`${folder.path}/stdout.0`, /up/);
  Deno.kill(Number.parseInt(await Deno.readTextFile(`${folder.path}/keeper`)), "SIGTERM");
  await folder.ended;
  assert.equal(endOf(folder.path), "exited 6");
  await Deno.remove(folder.path, { recursive: true });
});

Deno.test("Supervisor does not say what it cannot see", { permissions }, async () => {
  assert.equal(await new Supervisor("/tmp/there-is-none").checkProcesses(), undefined);
});

Deno.test("a supervisor begins nothing that an agent has withdrawn", { permissions }, async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/ready`, "");
  const supervisor = new Supervisor(folder);
  assert.equal(supervisor.state().kind, "ready");
  assert.deepEqual([supervisor.withdraw(), supervisor.withdraw()], [true, true]);
  const plan = { folder, job: "a1", words: ["/usr/bin/touch", `${folder}/ran`], cwd: "/" };
  const script = makeCommandScript({ ...plan, environment: {}, headBytes: 1, tailBytes: 1 });
  await Deno.writeTextFile(`${folder}/command`, script);
  const { success } = await new Deno.Command("/bin/sh", { args: ["command"], cwd: folder })
    .output();
  assert.equal(success, false);
  await assert.rejects(Deno.stat(`${folder}/ran`), Deno.errors.NotFound);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("Supervisor tells its processes from others that have got their ids", {
  permissions,
}, async () => {
  const folder = await Deno.makeTempDir();
  const child = new Deno.Command("/usr/bin/sleep", { args: ["60"] }).spawn();
  const stat = await shellSays(`cat /proc/${child.pid}/stat`);
  const start = stat.split(") ")[1]?.split(" ")[19] ?? "";
  const boot = (await shellSays("cat /proc/sys/kernel/random/boot_id")).trim();
  const supervisor = new Supervisor(folder);
  const look = async (name: string, text: string) => {
    await Deno.writeTextFile(`${folder}/${name}`, text);
    const { elapsedMs, ...check } = await supervisor.checkProcesses() ??
      assert.fail("nothing seen");
    assert.ok(elapsedMs < 60_000, `${elapsedMs}`);
    return check;
  };
  await Deno.writeTextFile(`${folder}/command.pid`, `${child.pid} ${start}\n`);
  const seen = await look("keeper", `${child.pid} ${start} ${boot}\n`);
  assert.deepEqual(seen, { rebooted: false, supervisorAlive: true, commandAlive: true });
  const other = await look("keeper", `${child.pid} ${Number(start) - 1} ${boot}\n`);
  assert.deepEqual(other, { rebooted: false, supervisorAlive: false, commandAlive: true });
  const booted = await look("keeper", `${child.pid} ${start} another\n`);
  assert.deepEqual(booted, { rebooted: true, supervisorAlive: false, commandAlive: false });
  child.kill("SIGKILL");
  await child.status;
  const dead = await look("keeper", `${child.pid} ${start} ${boot}\n`);
  assert.deepEqual(dead, { rebooted: false, supervisorAlive: false, commandAlive: false });
  await Deno.remove(folder, { recursive: true });
});

Deno.test("Supervisor calls a process that nobody has asked for its end dead", {
  permissions,
}, async () => {
  const folder = await Deno.makeTempDir();
  const line = "sleep 60 & echo $! >dead; exec sleep 60";
  const parent = new Deno.Command("/bin/sh", { args: ["-c", line], cwd: folder }).spawn();
  await waitForFile(`${folder}/dead`, /\n/);
  const pid = (await Deno.readTextFile(`${folder}/dead`)).trim();
  // A shell could still wait for its child; the program that it becomes does not.
  const stat = await shellSays(
    `until grep -q sleep /proc/${parent.pid}/comm; do sleep 0.02; done; kill -s KILL ${pid}
    for i in $(seq 500); do grep ") Z " /proc/${pid}/stat && exit; sleep 0.02; done`,
  );
  assert.notEqual(stat, "");
  const start = stat.split(") ")[1]?.split(" ")[19] ?? "";
  const boot = (await shellSays("cat /proc/sys/kernel/random/boot_id")).trim();
  await Deno.writeTextFile(`${folder}/keeper`, `${pid} ${start} ${boot}\n`);
  await Deno.writeTextFile(`${folder}/command.pid`, `${pid} ${start}\n`);
  const { supervisorAlive, commandAlive } = await new Supervisor(folder).checkProcesses() ??
    assert.fail("nothing seen");
  assert.deepEqual({ supervisorAlive, commandAlive }, {
    supervisorAlive: false,
    commandAlive: false,
  });
  parent.kill("SIGKILL");
  await parent.status;
  await Deno.remove(folder, { recursive: true });
});

async function shellSays(line: string): Promise<string> {
  const { stdout } = await new Deno.Command("/bin/sh", { args: ["-c", line] }).output();
  return new TextDecoder().decode(stdout);
}
