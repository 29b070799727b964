/**
 * How both programs end when they are told to, and what is left then: nothing.
 * @module
 */
import assert from "node:assert/strict";
import { E2E, type Installation, openInstallation } from "../../support/programs/installation.ts";
import type { RealProgram } from "../../support/programs/real_program.ts";

/** A command that says that it runs, and then waits for a minute with a child of its own. */
function slowCommand(here: Installation): string {
  const child = `${here.home}/child`;
  return [
    `sh -c 'echo $$ > ${child}; sleep 60' &`,
    `echo $$ > ${here.home}/leader`,
    `until [ -s ${child} ]; do sleep 0.02; done`,
    "echo running; sleep 60; wait",
  ].join("\n");
}

/** Starts it on web1 and waits until it runs. */
async function startSlow(here: Installation, ...more: readonly string[]): Promise<RealProgram> {
  const args = ["-h", "web1", "-c", slowCommand(here), ...more, ...here.listen];
  const trigger = here.start("trigger", args, { group: true });
  await trigger.says("stdout", /^web1: running\n/);
  return trigger;
}

/** Waits until no process of the slow command is left; fails after five seconds. */
async function assertNoneLeft(here: Installation): Promise<void> {
  const pids: string[] = [];
  for (const name of ["leader", "child"]) {
    pids.push((await Deno.readTextFile(`${here.home}/${name}`)).trim());
  }
  const wait =
    'for i in $(seq 250); do kill -0 "$@" 2>/dev/null || exit 0; sleep 0.02; done; exit 1';
  const { success } = await new Deno.Command("/bin/sh", { args: ["-c", wait, "sh", ...pids] })
    .output();
  assert.ok(success, `still there: ${pids}`);
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`nanoexec ends with 0 on ${signal} and takes its commands along`, E2E, async () => {
    await using here = await openInstallation();
    await here.trigger("key");
    await using agent = await here.agent("web1");
    await using trigger = await startSlow(here);
    agent.kill(signal);
    const { code, stderr } = await agent.ended();
    assert.deepEqual([code, stderr.match(/\n\s+at /)], [0, null]);
    await assertNoneLeft(here);
    const end = await trigger.ended();
    assert.equal(end.code, 2);
    assert.match(end.stderr, /^nanotrigger: web1: cancelled\n$/);
  });
}

Deno.test("nanoexec that waits for a queue ends with 0 at once", E2E, async () => {
  await using here = await openInstallation();
  await here.trigger("key");
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    const agent = await here.agent("web1");
    agent.kill(signal);
    const { code, stdout } = await agent.ended();
    assert.deepEqual([code, stdout], [0, "Filtering on hostname: web1\n"]);
  }
});

Deno.test(
  "nanotrigger has the command stopped on Ctrl-C, and ends with 130 and what had come",
  E2E,
  async () => {
    await using here = await openInstallation();
    await here.trigger("key");
    await using _agent = await here.agent("web1");
    await using trigger = await startSlow(here);
    Deno.kill(-trigger.pid, "SIGINT");
    const { code, stdout, stderr } = await trigger.ended();
    assert.deepEqual([code, stdout], [130, "web1: running\n"]);
    assert.match(stderr, /^nanotrigger: cancelling; .*\nnanotrigger: web1: cancelled\n$/);
    await assertNoneLeft(here);
    const again = await here.trigger("-h", "web1", "-c", "echo again", ...here.listen);
    assert.deepEqual([again.code, again.stdout], [0, "web1: again\n"]);
  },
);

Deno.test("nanotrigger leaves at once on a second Ctrl-C", E2E, async () => {
  await using here = await openInstallation();
  await here.trigger("key");
  await using _agent = await here.agent("web1");
  const stubborn = "trap 'echo no' INT TERM; echo running; while :; do sleep 0.1; done";
  const args = ["-h", "web1", "-c", stubborn, ...here.listen];
  await using trigger = here.start("trigger", args, { group: true });
  await trigger.says("stdout", /^web1: running\n/);
  Deno.kill(-trigger.pid, "SIGINT");
  await trigger.says("stdout", /^web1: no\n/m);
  const interrupting = setInterval(() => trigger.kill("SIGINT"), 100);
  const { code, stderr } = await trigger.ended();
  clearInterval(interrupting);
  assert.equal(code, 130);
  assert.match(stderr, /web1: lost: result not awaited\n$/);
});

Deno.test("nanotrigger ends with 130 on Ctrl-C while it waits for hosts", E2E, async () => {
  await using here = await openInstallation();
  await here.trigger("key");
  for (const host of ["web1", "ALL"]) {
    const args = ["-h", host, "-c", "true", "-t", "60", ...here.listen];
    await using trigger = here.start("trigger", args, { group: true });
    await here.queueIsThere();
    Deno.kill(-trigger.pid, "SIGINT");
    const { code, stdout, stderr } = await trigger.ended();
    assert.deepEqual([code, stdout], [130, ""], stderr);
    assert.match(stderr, /^((\S+ )?nanotrigger: .*\n)*$/);
  }
});

Deno.test("nanotrigger ends with 131 on Ctrl-\\ where no hub goes on", E2E, async () => {
  await using here = await openInstallation();
  await here.trigger("key");
  await using _agent = await here.agent("web1");
  await using trigger = await startSlow(here);
  trigger.kill("SIGQUIT");
  assert.equal((await trigger.ended()).code, 131);
});

Deno.test("nanotrigger -u has a command killed that runs too long", E2E, async () => {
  await using here = await openInstallation();
  await here.trigger("key");
  await using _agent = await here.agent("web1");
  await using trigger = await startSlow(here, "-u", "1");
  const { code, stderr } = await trigger.ended();
  assert.equal(code, 2);
  assert.match(stderr, /^nanotrigger: web1: timed out and was killed\n$/);
  await assertNoneLeft(here);
});

Deno.test("nanotrigger goes on quietly when nobody reads its output any more", E2E, async () => {
  await using here = await openInstallation();
  await here.trigger("key");
  await using _agent = await here.agent("web1");
  const words = here.words("trigger", ["-h", "web1", "-c", "yes", ...here.listen]);
  const script = '"$@" 2>"$0" | head -n 2';
  const { stdout } = await new Deno.Command("/bin/sh", {
    args: ["-c", script, `${here.home}/stderr`, ...words],
    clearEnv: true,
    env: here.environment(),
  }).output();
  assert.equal(new TextDecoder().decode(stdout), "web1: y\nweb1: y\n");
  assert.doesNotMatch(await Deno.readTextFile(`${here.home}/stderr`), /error/);
});
