/**
 * A command connects to its hub once and asks for a passphrase once, also when its target names a
 * past job, which is looked up at the hub before the command is sent there.
 * @module
 */
import assert from "node:assert/strict";
import { E2E, type Installation, openInstallation } from "../../support/programs/installation.ts";
import { FaultyProxy } from "../../support/faults/faulty_proxy.ts";
import { KEYS, PseudoTerminal, SCRIPT, shellLine } from "../../support/programs/pseudo_terminal.ts";

const PASSPHRASE = "open sesame";

/** A hub whose operators log in over TCP with a key under a passphrase, and one agent. */
interface LoginHub extends AsyncDisposable {
  readonly here: Installation;
  /** Counts the connections to the hub. */
  readonly proxy: FaultyProxy;
  /** The option that names the hub. */
  readonly hub: readonly string[];
  /** The option with which no passphrase is asked for. */
  readonly passphrase: readonly string[];
  /** A target: the host of a job that has failed. */
  readonly failed: readonly string[];
}

async function openLoginHub(): Promise<LoginHub> {
  await using stack = new AsyncDisposableStack();
  const here = stack.use(await openInstallation());
  const file = `${here.home}/passphrase`;
  await Deno.writeTextFile(file, `${PASSPHRASE}\n`, { mode: 0o600 });
  const passphrase = ["--passphrase-file", file];
  assert.equal((await here.trigger("keygen", ...passphrase)).code, 0);
  const state = `${here.home}/hub`;
  const hub = stack.use(here.start("trigger", ["hub", "--state", state, ...here.listen]));
  await hub.says("stdout", /^Listening on .*\n/);
  stack.use(await here.agent("web1"));
  const proxy = stack.use(new FaultyProxy(Number(here.url.split(":").at(-1)), {}));
  const option = ["--hub", `tcp://127.0.0.1:${proxy.port}`];
  const job = await here.trigger("run", ...option, ...passphrase, "-w", "web1", "--", "false");
  assert.equal(job.code, 2, job.stderr);
  const { stdout } = await here.trigger("jobs", ...option, ...passphrase, "-j");
  const [{ id }] = JSON.parse(stdout).jobs;
  const opened = stack.move();
  const failed = ["-w", `@job:${id}:failed`];
  const dispose = () => opened.disposeAsync();
  return { here, proxy, hub: option, passphrase, failed, [Symbol.asyncDispose]: dispose };
}

Deno.test("a command connects to its hub once", E2E, async (t) => {
  await using place = await openLoginHub();
  const { here, proxy, hub, passphrase, failed } = place;
  const file = `${here.home}/file`;
  await Deno.writeTextFile(file, "text");
  await Deno.mkdir(`${here.home}/fetched`);
  const commands: readonly (readonly [name: string, command: string, ...string[]])[] = [
    ["run", "run", "--", "true"],
    ["run --save", "run", "--save", `${here.home}/request`, "--", "true"],
    ["copy", "copy", "--dest", here.home, file],
    ["fetch", "fetch", "--dest", `${here.home}/fetched`, file],
    ["ping", "ping"],
    ["hosts", "hosts"],
  ];
  for (const [name, command, ...more] of commands) {
    const args = [...failed, ...more];
    await t.step(name, async () => {
      const before = proxy.connections;
      const { code, stderr } = await here.trigger(command, ...hub, ...passphrase, ...args);
      assert.deepEqual([code, proxy.connections - before], [0, 1], stderr);
    });
  }
});

Deno.test(`a passphrase is asked for once per command ${SCRIPT.needs}`, {
  ...E2E,
  ignore: !SCRIPT.available,
}, async (t) => {
  await using place = await openLoginHub();
  const { here, hub, failed } = place;
  const commands: readonly (readonly [name: string, ...string[]])[] = [
    ["run with a past job", "run", ...hub, ...failed, "--", "true"],
    ["run with a name", "run", ...hub, "-w", "web1", "--", "true"],
    ["run --list-hosts", "run", ...hub, ...failed, "--list-hosts", "--", "true"],
    ["ping", "ping", ...hub, ...failed],
    ["hosts", "hosts", ...hub, ...failed],
  ];
  for (const [name, ...args] of commands) {
    await t.step(name, async () => {
      const before = place.proxy.connections;
      const asked = await countPassphrases(here, args);
      assert.deepEqual([asked, place.proxy.connections - before], [1, 1]);
    });
  }
});

/** How often `nanotrigger ARGS`, which ends well, asks for the passphrase. */
async function countPassphrases(here: Installation, args: readonly string[]): Promise<number> {
  const line = `${shellLine(here.words("trigger", args))}; echo "status $?"`;
  await using terminal = new PseudoTerminal(line, { env: here.environment() });
  for (let asked = 0;; asked++) {
    const [, status] = await terminal.shows(/Passphrase for .*: $|status (\d+)\r\n/);
    if (status !== undefined) {
      assert.equal(status, "0");
      return asked;
    }
    await terminal.type(`${PASSPHRASE}${KEYS.enter}`);
  }
}
