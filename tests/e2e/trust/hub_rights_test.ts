/**
 * What a hub's own trust file lets operators do who log in from elsewhere.
 * @module
 */
import assert from "node:assert/strict";
import { E2E, openInstallation } from "../../support/programs/installation.ts";
import { configOf, makeKeys, writeTrust } from "../../support/programs/trust_files.ts";

Deno.test(
  "a hub's trust file decides at the login, for every call, and at SIGHUP",
  E2E,
  async (t) => {
    await using here = await openInstallation();
    const [ann = "", bob = "", eve = "", old = ""] = await makeKeys(
      here,
      "ann",
      "bob",
      "eve",
      "old",
    );
    await writeTrust(here, ann, bob, eve, old);
    const writeOwn = (...lines: readonly string[]) =>
      Deno.writeTextFile(configOf(here, "hub_operators"), lines.join("\n") + "\n", { mode: 0o600 });
    const expired = `expires="2020-01-01" ${old}`;
    await writeOwn(
      `read,run,cancel,hosts ${ann}`,
      `commands="uptime" ${bob}`,
      `read ${eve}`,
      expired,
    );
    const state = `${here.home}/hub`;
    await using hub = here.start("trigger", ["hub", "--state", state, ...here.listen]);
    await hub.says("stdout", /^Listening on .*\n/);
    await using agent = await here.agent("web1");
    const url = here.listen[1] ?? assert.fail();
    const as = (name: string, command: string, ...rest: readonly string[]) =>
      here.trigger(command, "--hub", url, "--key", `${here.home}/${name}.key`, ...rest);

    await t.step("a key that has expired or was never listed does not log in", async () => {
      const { code, stderr } = await as("old", "jobs");
      assert.equal(code, 1);
      assert.match(
        stderr,
        /^nanotrigger: error: your key has expired at this hub\nnanotrigger: hint: /,
      );
      await makeKeys(here, "mallory");
      assert.match(
        (await as("mallory", "jobs")).stderr,
        /error: this hub does not trust your key\n/,
      );
    });

    await t.step(
      "a key without rights has its own jobs, and agents judge its commands",
      async () => {
        const run = await as("bob", "run", "-w", "web1", "--", "echo", "bob");
        assert.deepEqual([run.code, run.stdout], [0, "web1: bob\n"]);
        assert.equal((await as("ann", "run", "-w", "web1", "--", "echo", "ann")).code, 0);
        const lines = async (name: string) =>
          (await as(name, "jobs")).stdout.trim().split("\n").length - 1;
        assert.deepEqual([await lines("ann"), await lines("eve"), await lines("bob")], [2, 2, 1]);
        assert.equal((await as("bob", "job", "last")).stdout, "web1: bob\n");
      },
    );

    await t.step("what a key may not do is one error with a hint", async () => {
      const { code, stderr } = await as("eve", "run", "-w", "web1", "--", "echo", "eve");
      assert.equal(code, 1);
      const [error, hint = "", ...more] = stderr.split("\n");
      const line =
        "nanotrigger: hint: have the hub's administrator put read,run in front of your " +
        `key in ${configOf(here, "hub_operators")}; the hub has the signed command and could still`;
      assert.equal(error, 'nanotrigger: error: your key has no right "run" at this hub');
      assert.ok(hint.startsWith(line), hint);
      assert.deepEqual(more, [""]);
      const own = ["--hub", url, "--key", `${here.home}/bob.key`];
      const forgotten = await here.trigger("hosts", "forget", ...own, "web1");
      assert.match(forgotten.stderr, /error: your key has no right "hosts" at this hub\n/);
      await hub.says(
        "stderr",
        /call denied addr=\S+ operator="bob \(SHA256:\S+\)" reason="forget: your key/,
      );
    });

    await t.step("a session ends at SIGHUP if its key is gone", async () => {
      const args = ["run", "--hub", url, "--key", `${here.home}/bob.key`, "-w", "web1", "--shell"];
      await using run = here.start("trigger", [...args, "echo begun; exec sleep 600"]);
      await run.says("stdout", /web1: begun/);
      await writeOwn(`read,run,cancel,hosts ${ann}`);
      hub.kill("SIGHUP");
      await hub.says("stderr", /trust files reloaded keys=1/);
      const { code, stderr } = await run.ended();
      assert.equal(code, 4);
      assert.match(stderr, /this hub no longer trusts your key/);
      const cancelled = await as("ann", "cancel", "last");
      assert.deepEqual([cancelled.stderr, cancelled.stdout], ["", "web1: cancelled\n"]);
    });
    void agent;
  },
);

Deno.test("a group at the control socket must log in", E2E, async () => {
  await using here = await openInstallation();
  await here.trigger("key");
  const group = await ownGroup();
  const control = `${here.home}/control.sock`;
  const options = ["--state", `${here.home}/hub`, "--control", control, "--control-group", group];
  await using hub = here.start("trigger", ["hub", ...options, ...here.listen]);
  await hub.says("stdout", /^Listening on .*\n/);
  const as = (...rest: readonly string[]) =>
    here.trigger("jobs", "--hub", `ipc://${control}`, ...rest);
  assert.equal((await as()).code, 0);
  await makeKeys(here, "mallory");
  const { code, stderr } = await as("--key", `${here.home}/mallory.key`);
  assert.equal(code, 1);
  assert.match(stderr, /^nanotrigger: error: this hub does not trust your key\n/);
});

async function ownGroup(): Promise<string> {
  const { stdout } = await new Deno.Command("id", { args: ["-gn"] }).output();
  return new TextDecoder().decode(stdout).trim();
}
