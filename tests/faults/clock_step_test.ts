/**
 * The clock of a real agent is set wrong by an hour while a command runs and between commands. What
 * runs goes on and ends as it would have, and how long it ran is not measured with that clock. What
 * is asked meanwhile is refused and does not run; ping names the clock; the connection never notices,
 * and once the clock is right all is well.
 * @module
 */
import assert from "node:assert/strict";
import { E2E } from "../support/programs/installation.ts";
import { type HubInstallation, openHubInstallation } from "../support/programs/hub_installation.ts";
import type { RealProgram } from "../support/programs/real_program.ts";
import { GCC, WrongClock } from "../support/faults/wrong_clock.ts";

/** How the clock is wrong, and what is said of it. */
interface Step {
  readonly name: string;
  readonly seconds: number;
  readonly ping: RegExp;
  readonly refusal: RegExp;
}

const STEPS: readonly Step[] = [
  {
    name: "forward",
    seconds: 3_600,
    ping: /clock is 3(600|599)\.\d s ahead/,
    refusal: /expired/,
  },
  {
    name: "back",
    seconds: -3_600,
    ping: /clock is 3(600|599)\.\d s behind/,
    refusal: /ahead of this host's clock/,
  },
];

/** A hub with one agent whose clock can be set. */
interface Scene extends AsyncDisposable, HubInstallation {
  readonly clock: WrongClock;
  readonly agent: RealProgram;
}

async function openScene(): Promise<Scene> {
  await using stack = new AsyncDisposableStack();
  const place = stack.use(await openHubInstallation());
  const { here } = place;
  const clock = stack.use(await WrongClock.make(here.home));
  const args = ["-v", "--hostname", "web1", "--state", here.stateOf("web1"), here.url];
  const agent = stack.use(here.start("exec", args, { env: clock.env }));
  await agent.says("stderr", /session with hub opened/);
  const opened = stack.move();
  return { ...place, clock, agent, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** Starts a command that notes that it runs, and ends when the file `go` is there. */
async function startCommand({ here, options }: Scene, mark: string): Promise<RealProgram> {
  const line =
    `echo ${mark} >> $HERE/runs; echo begun; while [ ! -e $HERE/${mark} ]; do sleep 0.1; done; echo end`;
  const words = ["run", ...options, "-w", "web1", "-u", "60", "--env", `HERE=${here.home}`];
  const running = here.start("trigger", [...words, "--shell", line]);
  await running.says("stdout", /begun/);
  return running;
}

/** How often each command has run, by its mark. */
async function runsIn({ here }: Scene): Promise<readonly string[]> {
  return (await Deno.readTextFile(`${here.home}/runs`)).trim().split("\n");
}

async function endCommand(running: RealProgram, { here }: Scene, mark: string): Promise<void> {
  await Deno.writeTextFile(`${here.home}/${mark}`, "");
  const { code, stdout, stderr } = await running.ended();
  assert.deepEqual([code, stdout, stderr], [0, "web1: begun\nweb1: end\n", ""]);
}

Deno.test({
  ...E2E,
  name: `a clock that is set wrong by an hour and back harms nothing ${GCC.needs}`,
  ignore: !GCC.available,
  timeout: 120_000,
  async fn(t) {
    await using scene = await openScene();
    const { clock, ask, here, agent } = scene;
    const marks: string[] = [];

    for (const { name, seconds, ping, refusal } of STEPS) {
      await t.step(`${name}, in mid-command`, async () => {
        const mark = `${name}-${marks.length}`;
        marks.push(mark);
        await using running = await startCommand(scene, mark);
        clock.set(seconds);
        const { code, stdout } = await ask("ping");
        assert.equal(code, 0);
        assert.match(stdout, ping);
        await endCommand(running, scene, mark);
        assert.deepEqual(await runsIn(scene), marks);
        const { results } = JSON.parse((await ask("job", "last", "-j")).stdout);
        const [{ durationMs }] = results;
        assert.ok(durationMs > 0 && durationMs < 60_000, `ran for ${durationMs} ms`);
      });

      await t.step(`${name}, before a command`, async () => {
        const line = `echo wrong >> ${here.home}/runs`;
        const { code, stderr } = await ask("run", "-w", "web1", "--shell", line);
        assert.equal(code, 16, stderr);
        assert.match(stderr, refusal);
        assert.deepEqual(await runsIn(scene), marks);
      });

      await t.step(`${name}, and right again in mid-command`, async () => {
        clock.set(0);
        const mark = `${name}-${marks.length}`;
        marks.push(mark);
        await using running = await startCommand(scene, mark);
        clock.set(seconds);
        clock.set(0);
        await endCommand(running, scene, mark);
        assert.deepEqual(await runsIn(scene), marks);
      });

      await t.step(`${name}, and a time limit that is as long as it was`, async () => {
        const words = ["run", ...scene.options, "-w", "web1", "-u", "3", "--shell"];
        const begin = performance.now();
        const running = here.start("trigger", [...words, "echo begun; exec sleep 60"]);
        await running.says("stdout", /begun/);
        const begun = performance.now();
        clock.set(seconds);
        const { code, stderr } = await running.ended();
        const end = performance.now();
        clock.set(0);
        assert.equal(code, 2);
        assert.match(stderr, /web1: timed out and was killed/);
        assert.ok(end - begin >= 3_000 && end - begun <= 30_000, `${end - begin} ms`);
      });
    }

    await t.step("and all of it over one connection", async () => {
      assert.equal(agent.text("stderr").match(/session with hub opened/g)?.length, 1);
      const { stdout } = await ask("ping");
      assert.match(stdout, /clock offset within 0\.\d s/);
    });
  },
});
