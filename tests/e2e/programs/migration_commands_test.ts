/**
 * The commands in `docs/migrating.md` for users of other tools succeed.
 * @module
 */
import assert from "node:assert/strict";
import { tableCommands } from "../../support/docs/markdown.ts";
import { E2E, type Installation, openInstallation } from "../../support/programs/installation.ts";

const HOSTS = ["web01", "web02", "db1"];

/** The commands in the last columns of the tables. */
async function commands(): Promise<string[]> {
  const page = new URL("../../../docs/migrating.md", import.meta.url);
  return tableCommands(await Deno.readTextFile(page), "nanotrigger");
}

/** A folder with a program `nanotrigger` in it that asks this installation's hub. */
async function makeTrigger(here: Installation, hub: readonly string[]): Promise<string> {
  const folder = `${here.home}/bin`;
  await Deno.mkdir(folder);
  const run = new URL("../../../scripts/run.ts", import.meta.url).pathname;
  const deno = `${Deno.execPath()} run --quiet --allow-read --allow-env --allow-run`;
  const text = `#!/bin/sh
command=$1
shift
case $command in
  nodeset) exec ${deno} ${run} trigger nodeset "$@" ;;
  *) exec ${deno} ${run} trigger "$command" ${hub.join(" ")} "$@" ;;
esac
`;
  await Deno.writeTextFile(`${folder}/nanotrigger`, text, { mode: 0o755 });
  return folder;
}

Deno.test({
  ...E2E,
  timeout: 300_000,
  name: "the commands for users of pdsh, clush, Ansible, Salt and Choria work",
  async fn(t) {
    await using here = await openInstallation();
    const state = `${here.home}/hub`;
    await using hub = here.start("trigger", ["hub", ...here.listen, "--state", state]);
    await hub.says("stdout", /^Listening on /);
    const option = ["--hub", `ipc://${state}/control.sock`];
    await here.trigger("key");
    await using agents = new AsyncDisposableStack();
    for (const host of HOSTS) agents.use(await here.agent(host));
    for (const host of HOSTS) await here.trigger("-h", host, "-c", "true", "-t", "30", ...option);
    await Deno.writeTextFile(`${here.home}/.config/nanoexec/groups`, "web: web[01-02]\n");
    const bin = await makeTrigger(here, option);

    const all = await commands();
    assert.ok(all.length > 20, `${all.length} commands`);
    for (const line of all) {
      await t.step(line, async () => {
        const { code, stderr } = await run(line.replaceAll("/tmp/", `${here.home}/`));
        assert.equal(code, 0, stderr);
      });
    }

    async function run(line: string) {
      const env = here.environment();
      const { code, stderr } = await new Deno.Command("/bin/sh", {
        args: ["-c", line],
        clearEnv: true,
        env: { ...env, PATH: `${bin}:${env.PATH}` },
        stdin: "null",
      }).output();
      return { code, stderr: new TextDecoder().decode(stderr) };
    }
  },
});
