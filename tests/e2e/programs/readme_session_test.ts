/**
 * A first session as in README and guide, with a hub that runs and without.
 * @module
 */
import assert from "node:assert/strict";
import { E2E, type Installation, openInstallation } from "../../support/programs/installation.ts";
import type { RealProgram } from "../../support/programs/real_program.ts";

const HOSTS = ["host1.example.com", "web01", "web02"];

/** Starts `nanotrigger hub` and waits until it listens; gives the option that names it. */
async function startHub(here: Installation): Promise<{ hub: RealProgram; option: string[] }> {
  const state = `${here.home}/hub`;
  const hub = here.start("trigger", ["hub", ...here.listen, "--state", state]);
  await hub.says("stdout", /^Listening on tcp:.*\n/);
  return { hub, option: ["--hub", `ipc://${state}/control.sock`] };
}

/** The commands for one host, for all and for some, with their output. */
async function session(here: Installation, option: readonly string[]): Promise<void> {
  const one = await here.trigger("--host=host1.example.com", "--command=echo up", ...option);
  assert.deepEqual([one.code, one.stdout], [0, "host1.example.com: up\n"], one.stderr);
  const all = await here.trigger("--host=ALL", "--command=echo up", ...option);
  assert.equal(all.code, 0, all.stderr);
  assert.deepEqual(all.stdout.trim().split("\n").sort(), HOSTS.map((host) => `${host}: up`));
  const words = ["run", ...option, "-w", "web[01-02]", "-b", "--", "echo", "active"];
  const folded = await here.trigger(...words);
  const header = "---------------\nweb[01-02] (2)\n---------------\n";
  assert.deepEqual([folded.code, folded.stdout], [0, `${header}active\n`], folded.stderr);
}

async function startAgents(here: Installation): Promise<AsyncDisposableStack> {
  await using agents = new AsyncDisposableStack();
  await here.trigger("key");
  for (const host of HOSTS) agents.use(await here.agent(host));
  return agents.move();
}

Deno.test({
  ...E2E,
  name: "the session of the README works without a hub",
  async fn() {
    await using here = await openInstallation();
    await using _agents = await startAgents(here);
    await session(here, here.listen);
  },
});

Deno.test({
  ...E2E,
  name: "the session of the README works with a hub",
  async fn(t) {
    await using here = await openInstallation();
    const { hub, option } = await startHub(here);
    await using _hub = hub;
    await using _agents = await startAgents(here);
    for (const host of HOSTS) await here.trigger("-h", host, "-c", "true", "-t", "30", ...option);
    await session(here, option);

    await t.step("whoever cannot reach its control socket is told what to do", async () => {
      const { code, stderr } = await here.trigger("-h", "web01", "-c", "true", ...here.listen);
      assert.equal(code, 1);
      assert.match(stderr, /^nanotrigger: error: cannot listen on .*: the address is in use\n/);
      assert.match(stderr, /^nanotrigger: hint: use the hub that listens there with --hub /m);
    });

    await t.step("a hub that is not there is not replaced when it was named", async () => {
      const { code, stderr } = await here.trigger(
        ...["-h", "web01", "-c", "true", "--hub", `ipc://${here.home}/nobody.sock`],
      );
      assert.equal(code, 1);
      assert.match(stderr, /^nanotrigger: error: cannot reach ipc:/);
    });

    await t.step("a hub that is killed in mid-command loses nothing", async () => {
      const line = "echo one; while [ ! -e $GO ]; do sleep 0.1; done; echo two";
      const running = here.start("trigger", [
        ...["run", "-w", "web01", ...option, "--env", `GO=${here.home}/go`, "--shell", line],
      ]);
      await running.says("stdout", /web01: one\n/);
      hub.kill("SIGKILL");
      await hub.ended();
      await running.says("stderr", /connection to the hub lost/);
      await using _again = (await startHub(here)).hub;
      await Deno.writeTextFile(`${here.home}/go`, "");
      const { code, stdout, stderr } = await running.ended();
      assert.deepEqual([code, stdout], [0, "web01: one\nweb01: two\n"], stderr);
    });
  },
});
