/**
 * `deno task compile` and what it makes: one file for a host, which obeys whoever built it and
 * nobody else. Builds into a temporary folder, for a builder whose home is there, too.
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import {
  fingerprint,
  parsePublicKey,
  type PublicKeyLine,
} from "../../../lib/envelope/keys/public_key.ts";
import {
  type CompiledInstallation,
  makeCompiledInstallation,
} from "../../support/programs/compiled_installation.ts";

const permissions: Deno.PermissionOptionsObject = {
  read: true,
  write: true,
  env: true,
  run: true,
  net: ["127.0.0.1"],
  sys: ["uid"],
};

const NOBODY = 65_534;

/** The build packs and unpacks a whole Deno, so all tests here share one. */
Deno.test("executables of deno task compile", { permissions }, async (t) => {
  await using place = await makeCompiledInstallation();

  await t.step("are built with a key that is made at first use", async () => {
    const lines = (await place.compile("--portable", `--url=${place.url}`)).split("\n");
    assert.match(lines[0] ?? "", /created operator key .*master\/\.config\/nanoexec/);
    const { key, comment } = await builder(place);
    assert.match(comment, /^ann@/);
    assert.equal(lines.at(-1), `agents trust ${comment} ${fingerprint(key)}`);
  });

  await t.step("leave nothing of their trial behind", async () => {
    const files = await Array.fromAsync(Deno.readDir(join(place.master, ".config/nanoexec")));
    assert.deepEqual(files.map(({ name }) => name).sort(), ["operator.key", "trusted_keys"]);
    await assert.rejects(Deno.stat(join(place.master, ".local")), Deno.errors.NotFound);
  });

  await t.step("say what is built in", async () => {
    const agent = await place.run("nanoexec", "--version", "-v");
    const { key, comment } = await builder(place);
    assert.ok(agent.stdout.includes(`trusted key: ${fingerprint(key)} ${comment}\n`));
    assert.ok(agent.stdout.includes(`queue: ${place.url}\npermission: --no-prompt\n`));
    const trigger = await place.run("nanotrigger", "--version", "-v");
    assert.match(trigger.stdout, /^trusted keys: none built in\nqueue: none built in$/m);
  });

  await t.step(
    "run a signed command from one to the other, with no option but the name",
    async () => {
      await using agent = await place.startAgent("--hostname=web1");
      assert.equal(agent.said, "Filtering on hostname: web1\n");
      const outcome = await place.run(
        "nanotrigger",
        ...place.listen,
        "--host=web1",
        "-c",
        "echo hi",
      );
      assert.deepEqual(outcome, { code: 0, stdout: "web1: hi\n", stderr: "" });
    },
  );

  await t.step("do not obey another key", async () => {
    await using _agent = await place.startAgent("--hostname=web1");
    await place.run(
      "nanotrigger",
      "keygen",
      "--no-passphrase",
      "-f",
      `${place.master}/mallory.key`,
    );
    const foreign = ["--key", `${place.master}/mallory.key`, "-t", "2"];
    const options = [...place.listen, ...foreign, "--host=web1", "-c", "echo hi"];
    const { code, stdout, stderr } = await place.run("nanotrigger", ...options);
    assert.deepEqual({ code, stdout }, { code: 4, stdout: "" });
    assert.match(stderr, /^nanotrigger: web1: (lost|expired): .*\n$/);
  });

  await t.step({
    name: "become the user of --user, with nothing of root's left",
    ignore: Deno.uid() !== 0,
    async fn() {
      const state = join(place.path, "nobody");
      await Deno.mkdir(state, { mode: 0o700 });
      await Deno.chown(state, NOBODY, NOBODY);
      await using agent = await place.startAgent(
        "--hostname=web2",
        "-u",
        "nobody",
        "--state",
        state,
      );
      assert.deepEqual(await agent.usersOfProcesses(), [NOBODY]);
      const command = "id -u; id -G";
      const outcome = await place.run("nanotrigger", ...place.listen, "--host=web2", "-c", command);
      const expected = { code: 0, stdout: "web2: 65534\nweb2: 65534\n", stderr: "" };
      assert.deepEqual(outcome, expected);
    },
  });

  await t.step("can be kept from other masters and other programs", async () => {
    const scope = ["--allow-net=master:4444", "--allow-run=/usr/bin/uptime"];
    const said = await place.compile("--portable", ...scope);
    assert.match(said, /^only a dry run was tested: --allow-run excludes \/bin\/sh$/m);
    const { stdout } = await place.run("nanoexec", "--version", "-v");
    for (const flag of scope) assert.ok(stdout.includes(`permission: ${flag}\n`));
    const queue = `ipc://${place.path}/queue`;
    await using _agent = await place.startAgent("--hostname=web3", queue);
    const run = (program: string) =>
      place.run("nanotrigger", "run", "-w", "web3", `--listen=${queue}`, "--", program);
    assert.equal((await run("/usr/bin/uptime")).code, 0);
    const refused = await run("/usr/bin/id");
    assert.deepEqual([refused.code, refused.stdout], [16, ""]);
  });
});

/** The builder's public key. */
async function builder(place: CompiledInstallation): Promise<PublicKeyLine> {
  const { stdout } = await place.run("nanotrigger", "key");
  return parsePublicKey(stdout.trim());
}
