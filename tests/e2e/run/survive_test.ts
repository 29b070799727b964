/**
 * `--survive`: the operator sees output and end of a command as if nothing had happened to its agent.
 * @module
 */
import assert from "node:assert/strict";
import { E2E, type Installation, openInstallation } from "../../support/programs/installation.ts";
import type { RealProgram } from "../../support/programs/real_program.ts";
import {
  findDetachedCommand,
  spoolBytesIn,
  waitForFile,
  waitUntilRemoved,
  waitUntilSpooled,
} from "../../support/agent/detached_command.ts";

/** A command that waits for a file, and the words that run it. */
interface Waiting {
  /** Has the command go on. */
  goOn(): Promise<void>;
  readonly words: readonly string[];
}

/** Prints a line, waits, prints to both streams and exits with 3. */
async function waiting(here: Installation, ...more: readonly string[]): Promise<Waiting> {
  const gate = `${here.home}/gate`;
  await Deno.remove(gate).catch(() => {});
  const line = `echo before; echo x >> ${here.home}/runs; ` +
    `until [ -e ${gate} ]; do sleep 0.05; done; echo after; echo oh >&2; exit 3`;
  return {
    goOn: () => Deno.writeTextFile(gate, ""),
    words: ["run", "-w", "web1", ...here.listen, "--survive", ...more, "--shell", line],
  };
}

/** How often the command has run. */
async function runs(here: Installation): Promise<number> {
  return (await Deno.readTextFile(`${here.home}/runs`)).length / 2;
}

async function end(agent: RealProgram, signal: Deno.Signal): Promise<void> {
  agent.kill(signal);
  await agent.ended();
}

for (const signal of ["SIGKILL", "SIGTERM"] as const) {
  Deno.test(`a command with --survive goes on after ${signal} of its agent`, E2E, async () => {
    await using here = await openInstallation();
    await here.trigger("key");
    const first = await here.agent("web1", "-v");
    const { words, goOn } = await waiting(here);
    await using trigger = here.start("trigger", words);
    await trigger.says("stdout", /^web1: before$/m);
    await end(first, signal);
    const state = here.stateOf("web1");
    const survivor = await findDetachedCommand(state);
    await using second = await here.agent("web1", "-v");
    await second.says("stderr", /command resumed job=/);
    await goOn();
    const { code, stdout, stderr } = await trigger.ended();
    assert.deepEqual([code, stdout], [2, "web1: before\nweb1: after\n"], stderr);
    assert.match(stderr, /^web1: oh$/m);
    assert.match(stderr, /exited with exit code 3/);
    assert.equal(await runs(here), 1);
    await waitUntilRemoved(state, survivor);
    const audit = await here.exec("audit", "verify", "--state", state);
    assert.equal(audit.code, 0, audit.stderr);
    const log = (await Deno.readTextFile(`${state}/audit.jsonl`)).trimEnd().split("\n");
    const events = log.map((line) => JSON.parse(line).event)
      .filter((event) => ["run", "resume", "end"].includes(event));
    assert.deepEqual(events, ["run", "resume", "end"]);
  });
}

Deno.test("an end that no agent saw is told by the next one", E2E, async () => {
  await using here = await openInstallation();
  await here.trigger("key");
  const first = await here.agent("web1", "-v");
  const { words, goOn } = await waiting(here);
  await using trigger = here.start("trigger", words);
  await trigger.says("stdout", /^web1: before$/m);
  await end(first, "SIGKILL");
  const { folder } = await findDetachedCommand(here.stateOf("web1"));
  await goOn();
  await waitUntilSpooled(folder);
  await using _second = await here.agent("web1", "-v");
  const { code, stdout, stderr } = await trigger.ended();
  assert.deepEqual([code, stdout], [2, "web1: before\nweb1: after\n"], stderr);
});

Deno.test(
  "a script outlives its agent with its file, which goes when it has ended",
  E2E,
  async () => {
    await using here = await openInstallation();
    await here.trigger("key");
    const [script, gate] = [`${here.home}/script`, `${here.home}/gate`];
    const wait = `until [ -e ${gate} ]; do sleep 0.05; done`;
    await Deno.writeTextFile(script, `echo "$0"; ${wait}; test -e "$0" && echo there`);
    const first = await here.agent("web1");
    const words = ["run", "-w", "web1", ...here.listen, "--survive", "--script", script];
    await using trigger = here.start("trigger", words);
    const [, path = ""] = await trigger.says("stdout", /^web1: (\/tmp\/.*)$/m);
    await end(first, "SIGTERM");
    await using _second = await here.agent("web1");
    await Deno.writeTextFile(gate, "");
    const { code, stdout, stderr } = await trigger.ended();
    assert.deepEqual([code, stdout], [0, `web1: ${path}\nweb1: there\n`], stderr);
    await assert.rejects(Deno.lstat(path), Deno.errors.NotFound);
  },
);

Deno.test("the time limit and a cancel work under the next agent", E2E, async (t) => {
  await using here = await openInstallation();
  await here.trigger("key");
  const state = here.stateOf("web1");

  await t.step("what is left of the limit is applied", async () => {
    const first = await here.agent("web1", "-v");
    const { words } = await waiting(here, "-u", "4s");
    await using trigger = here.start("trigger", words);
    await trigger.says("stdout", /^web1: before$/m);
    const survivor = await findDetachedCommand(state);
    await end(first, "SIGKILL");
    await using _second = await here.agent("web1", "-v");
    const { code, stderr } = await trigger.ended();
    assert.equal(code, 2);
    assert.match(stderr, /web1: .*(timed out|too long)/);
    await waitUntilRemoved(state, survivor);
  });

  await t.step("a cancel ends the whole group", async () => {
    const first = await here.agent("web1", "-v");
    const { words } = await waiting(here);
    await using trigger = here.start("trigger", words);
    await trigger.says("stdout", /^web1: before$/m);
    const survivor = await findDetachedCommand(state);
    await end(first, "SIGKILL");
    await using second = await here.agent("web1", "-v");
    await second.says("stderr", /command resumed job=/);
    trigger.kill("SIGTERM");
    const { stderr } = await trigger.ended();
    assert.match(stderr, /web1: .*cancelled/);
    await waitUntilRemoved(state, survivor);
  });
});

Deno.test("a command whose keeper was killed is lost, ended, and not run again", E2E, async () => {
  await using here = await openInstallation();
  await here.trigger("key");
  const first = await here.agent("web1", "-v");
  const { words } = await waiting(here);
  await using trigger = here.start("trigger", words);
  await trigger.says("stdout", /^web1: before$/m);
  const survivor = await findDetachedCommand(here.stateOf("web1"));
  await end(first, "SIGKILL");
  Deno.kill(survivor.supervisor, "SIGKILL");
  await using _second = await here.agent("web1", "-v");
  const { code, stderr } = await trigger.ended();
  assert.equal(code, 4, stderr);
  assert.match(stderr, /web1: lost: the supervisor was killed/);
  assert.equal(await runs(here), 1);
  await waitUntilRemoved(here.stateOf("web1"), survivor);
});

Deno.test("the keeper has neither a file nor a connection of its agent's", E2E, async () => {
  await using here = await openInstallation();
  await here.trigger("key");
  await using agent = await here.agent("web1");
  const { words, goOn } = await waiting(here);
  await using trigger = here.start("trigger", words);
  await trigger.says("stdout", /^web1: before$/m);
  const { supervisor, command, folder } = await findDetachedCommand(here.stateOf("web1"));
  const own = await openFiles(agent.pid);
  assert.ok(own.some((target) => target.startsWith("socket:")), own.join());
  for (const pid of [supervisor, command]) {
    // Pipes come from whoever runs the tests: agents have none open for others.
    const foreign = (await openFiles(pid)).filter((target) =>
      !target.startsWith(folder) && target !== "/dev/null" && !target.startsWith("pipe:")
    );
    assert.deepEqual(foreign, []);
  }
  await goOn();
  assert.equal((await trigger.ended()).code, 2);
});

/** What the open files of a process are. */
async function openFiles(pid: number): Promise<string[]> {
  const line = `for file in /proc/${pid}/fd/*; do readlink "$file"; done`;
  const { stdout } = await new Deno.Command("/bin/sh", { args: ["-c", line] }).output();
  return new TextDecoder().decode(stdout).trimEnd().split("\n");
}

Deno.test("a command that prints without end does not fill the disk", E2E, async () => {
  await using here = await openInstallation();
  await here.trigger("key");
  const first = await here.agent("web1", "-v");
  const [gate, count] = [`${here.home}/gate`, `${here.home}/count`];
  const line = `echo up; until [ -e ${gate} ]; do head -c 1000000 /dev/zero; ` +
    `n=$((n + 1)); echo $n > ${count}; done; echo; echo over`;
  const options = ["--survive", "--max-output", "64K", "-b"];
  const words = ["run", "-w", "web1", ...here.listen, ...options, "--shell", line];
  await using trigger = here.start("trigger", words);
  const { folder } = await findDetachedCommand(here.stateOf("web1"));
  await waitForFile(count, /^\d+$/m);
  await end(first, "SIGKILL");
  await waitForFile(count, /^\d{3,}$/m);
  assert.ok(spoolBytesIn(folder) < 20_000_000, `${spoolBytesIn(folder)} bytes`);
  await using _second = await here.agent("web1", "-v");
  await Deno.writeTextFile(gate, "");
  const { code, stdout, stderr } = await trigger.ended();
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^up$/m);
  assert.match(stdout, /over\n$/);
  assert.ok(stdout.length < 70_000);
});

Deno.test("what cannot survive is refused with a reason", E2E, async (t) => {
  await using here = await openInstallation();
  await here.trigger("key");
  const secret = `${here.home}/secret`;
  await Deno.writeTextFile(secret, "hush", { mode: 0o600 });
  const rows = [["--stdin", secret], ["--secret", `TOKEN=@${secret}`], ["--undo", "true"]] as const;
  for (const [option, value] of rows) {
    await t.step(option, async () => {
      const words = ["run", "-w", "web1", ...here.listen, "--survive", option, value, "true"];
      const { code, stderr } = await here.trigger(...words);
      assert.equal(code, 1);
      const told = `error: --survive and ${option} do not go together\n.*hint: .+\n$`;
      assert.match(stderr, new RegExp(`^nanotrigger: ${told}`));
    });
  }
});
