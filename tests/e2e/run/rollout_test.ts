/**
 * A command that goes to some hosts first: which hosts it ran on, and what is said of the others.
 * @module
 */
import assert from "node:assert/strict";
import { E2E, type Installation, openInstallation } from "../../support/programs/installation.ts";
import { KEYS, PseudoTerminal, SCRIPT, shellLine } from "../../support/programs/pseudo_terminal.ts";

/** Agents web1 to `count`. */
async function openHosts(
  count: number,
): Promise<{ readonly here: Installation } & AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const here = stack.use(await openInstallation());
  await here.trigger("key");
  const names = Array.from({ length: count }, (_, index) => `web${index + 1}`);
  for (const agent of await Promise.all(names.map((name) => here.agent(name)))) stack.use(agent);
  const moved = stack.move();
  return { here, [Symbol.asyncDispose]: () => moved.disposeAsync() };
}

/** A line that leaves a file for its host in a new folder, then does `more`; and who has left one. */
async function leavingTraces(here: Installation, more: string) {
  const folder = await Deno.makeTempDir({ dir: here.home });
  return {
    line: `touch ${folder}/$NANOEXEC_HOST; ${more}`,
    async ran(): Promise<string[]> {
      return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
    },
  };
}

function on(host: string, then: string): string {
  return `[ $NANOEXEC_HOST != ${host} ] || ${then}`;
}

Deno.test("a command goes out in parts, and stops when it must", E2E, async (t) => {
  await using place = await openHosts(6);
  const { here } = place;
  const run = (...more: readonly string[]) =>
    here.trigger("run", "-w", "web[1-6]", ...here.listen, ...more);

  await t.step("--batch 2 --max-fail 0 ends with the batch in which one fails: 2 + 8", async () => {
    const { line, ran } = await leavingTraces(here, on("web3", "exit 1"));
    const { code, stderr } = await run("--batch", "2", "--max-fail", "0", "--shell", line);
    assert.deepEqual([code, await ran()], [10, ["web1", "web2", "web3", "web4"]]);
    const [hint, ...others] = stderr.trimEnd().split("\n").reverse();
    assert.match(hint ?? "", /hint: rerun on these hosts: nanotrigger run -w 'web\[3,5-6\]' /);
    assert.deepEqual(others.reverse(), [
      "nanotrigger: 6 hosts in 3 batches of 2; request valid for 122m",
      "nanotrigger: warning: stopped: 1 host failed, limit 0; 2 hosts skipped",
      "nanotrigger: web3: exited with exit code 1",
      "nanotrigger: web[5-6]: skipped",
    ]);
  });

  await t.step("--max-fail 1 lets one fail", async () => {
    const { line, ran } = await leavingTraces(here, on("web3", "exit 1"));
    const { code } = await run("--batch", "50%", "--max-fail", "1", "--shell", line);
    assert.deepEqual([code, (await ran()).length], [2, 6]);
  });

  await t.step("-k -f 1 ends with the first that fails, and -j says so", async () => {
    const { line, ran } = await leavingTraces(here, on("web2", "exit 7"));
    const { code, stdout } = await run("-k", "-f", "1", "-j", "--shell", line);
    assert.deepEqual([code, await ran()], [10, ["web1", "web2"]]);
    const { results, summary } = JSON.parse(stdout);
    const states = results.map(({ state }: { readonly state: string }) => state);
    assert.deepEqual(states, ["exited", "exited", ...Array(4).fill("skipped")]);
    const { stopped, skipped, exitStatus } = summary;
    assert.deepEqual([stopped, skipped, exitStatus], ["failed", 4, 10]);
  });

  await t.step("--canary goes on by itself if all is well", async () => {
    const { line, ran } = await leavingTraces(here, "echo fine");
    const { code, stdout, stderr } = await run("--canary", "2", "-b", "--shell", line);
    assert.deepEqual([code, (await ran()).length], [0, 6]);
    const rule = "-".repeat(15);
    assert.equal(stdout, `${rule}\nweb[1-6] (6)\n${rule}\nfine\n`);
    assert.deepEqual(stderr.split("\n").slice(1), [
      rule,
      "web[1-2] (2)",
      rule,
      "fine",
      "nanotrigger: canary web[1-2] ok, continuing with 4 hosts",
      "",
    ]);
  });

  await t.step("--canary stops if they differ and nobody is there: 8", async () => {
    const { line, ran } = await leavingTraces(here, "echo $NANOEXEC_HOST");
    const { code, stderr } = await run("--canary", "2", "--shell", line);
    assert.deepEqual([code, await ran()], [8, ["web1", "web2"]]);
    assert.match(stderr, /\nweb1\n-{15}\nweb1\n-{15}\nweb2\n-{15}\nweb2\n/);
    assert.match(stderr, /warning: stopped: canary check failed; 4 hosts skipped\n/);
    assert.match(stderr, /\nnanotrigger: web\[3-6\]: skipped\n/);
  });

  await t.step("--dry-run asks all of them", async () => {
    const { code, stdout } = await run("--canary", "1", "--dry-run", "--", "true");
    assert.deepEqual([code, /^web\[1-6\]: would run/.test(stdout)], [0, true]);
  });

  await t.step("Ctrl-C lets no other batch begin: 130", async () => {
    const { line, ran } = await leavingTraces(here, "echo running; sleep 60");
    const args = ["run", "-w", "web[1-6]", ...here.listen, "--batch", "2", "--shell", line];
    await using trigger = here.start("trigger", args, { group: true });
    await trigger.says(
      "stdout",
      /web1: running\n(.*\n)*web2: running\n|web2(.*\n)*web1: running\n/,
    );
    trigger.kill("SIGINT");
    const { code, stderr } = await trigger.ended();
    assert.deepEqual([code, await ran()], [130, ["web1", "web2"]]);
    assert.match(stderr, /web\[1-2\]: cancelled\nnanotrigger: web\[3-6\]: skipped\n$/);
  });

  await t.step("send lets a saved request go out in parts, too", async () => {
    const { line, ran } = await leavingTraces(here, on("web1", "exit 1"));
    const file = `${here.home}/request`;
    await here.trigger("run", "-w", "web[1-6]", "--save", file, "--shell", line);
    const { code } = await here.trigger("send", ...here.listen, "--batch", "3", "-k", file);
    assert.deepEqual([code, await ran()], [10, ["web1", "web2", "web3"]]);
  });
});

Deno.test("a hub that runs by itself gives hosts their turn, and no other host", E2E, async (t) => {
  await using here = await openInstallation();
  await here.trigger("key");
  const control = `${here.home}/control.sock`;
  const state = `${here.home}/hub`;
  const args = ["hub", ...here.listen, "--state", state, "--control", control];
  await using hub = here.start("trigger", args);
  await hub.says("stdout", /^Listening on /);
  await using _web1 = await here.agent("web1");
  await using _web2 = await here.agent("web2");
  const run = ["run", "-w", "web[1-2]", "--hub", `ipc://${control}`, "-f", "1"];

  await t.step("one after another", async () => {
    const { line, ran } = await leavingTraces(here, "true");
    const { code } = await here.trigger(...run, "--shell", line);
    assert.deepEqual([code, await ran()], [0, ["web1", "web2"]]);
  });

  await t.step("until one fails", async () => {
    const { line, ran } = await leavingTraces(here, "exit 1");
    const { code, stderr } = await here.trigger(...run, "-k", "--shell", line);
    assert.deepEqual([code, await ran()], [10, ["web1"]]);
    assert.match(stderr, /\nnanotrigger: web2: skipped\n/);
  });

  await t.step("or until Ctrl-C", async () => {
    const { line, ran } = await leavingTraces(here, "echo running; sleep 60");
    await using trigger = here.start("trigger", [...run, "--shell", line], { group: true });
    await trigger.says("stdout", /web1: running\n/);
    trigger.kill("SIGINT");
    const { code, stderr } = await trigger.ended();
    assert.deepEqual([code, await ran()], [130, ["web1"]]);
    assert.match(
      stderr,
      /web1: cancelled\nnanotrigger: web2: skipped\nnanotrigger: hint: show the job: /,
    );
  });
});

Deno.test(
  `a person decides what canaries that differ mean ${SCRIPT.needs}`,
  { ...E2E, ignore: !SCRIPT.available },
  async (t) => {
    await using place = await openHosts(2);
    const { here } = place;
    const rows = [["y", 2, ["web1", "web2"]], ["n", 10, ["web1"]], ["", 10, ["web1"]]] as const;
    for (const [answer, status, hosts] of rows) {
      await t.step(`"${answer}" ends with ${status}`, async () => {
        const { line, ran } = await leavingTraces(here, on("web1", "exit 1"));
        const args = ["run", "-w", "web[1-2]", ...here.listen, "--canary", "1", "--shell", line];
        const shell = `${shellLine(here.words("trigger", args))}; echo "status $?"`;
        await using terminal = new PseudoTerminal(shell, { env: here.environment() });
        await terminal.shows(/Continue with 1 host\? \[y\/N\] $/);
        await terminal.type(`${answer}${KEYS.enter}`);
        await terminal.shows(new RegExp(`status ${status}\r\n`));
        assert.deepEqual(await ran(), hosts);
      });
    }
  },
);
