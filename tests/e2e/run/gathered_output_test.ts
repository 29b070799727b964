/**
 * Results of several hosts side by side, as a person asks for them.
 * @module
 */
import assert from "node:assert/strict";
import { E2E, openInstallation } from "../../support/programs/installation.ts";

/** Three hosts say the same but for their names and the time; one has another version. */
const COMMAND =
  "echo $NANOEXEC_HOST at $(date); [ $NANOEXEC_HOST = web3 ] && echo 1.1c || echo 1.0.5; " +
  "echo warning >&2; [ $NANOEXEC_HOST != web2 ]";

Deno.test("results of several hosts side by side", E2E, async (t) => {
  await using here = await openInstallation();
  await here.trigger("key");
  await using _web1 = await here.agent("web1");
  await using _web2 = await here.agent("web2");
  await using _web3 = await here.agent("web3");
  const run = (...more: readonly string[]) =>
    here.trigger("run", "-w", "web[1-3]", ...here.listen, ...more, "--shell", COMMAND);
  const diff = "--- web[1-2] (2)\n+++ web3\n@@ -1,2 +1,2 @@\n <host> at <time>\n-1.0.5\n+1.1c\n";

  await t.step("--mask finds the one that is different", async () => {
    const { code, stdout, stderr } = await run("--mask", "-q");
    assert.deepEqual([code, stdout], [2, `2 equal, 1 differs\n${diff}`]);
    assert.deepEqual(
      stderr.trim().split("\n").toSorted(),
      [1, 2, 3].map((n) => `web${n}: warning`),
    );
  });

  await t.step("-b --mask folds those that are not", async () => {
    const { stdout } = await run("-b", "--mask", "--mask-re", String.raw`\b\d\.[.\d]+c?`);
    const [rule, body] = ["---------------", "<host> at <time>\n<masked>"];
    assert.equal(
      stdout,
      `${rule}\nweb[1,3] (2)\n${rule}\n${body}\n${rule}\nweb2\n${rule}\n${body}\n`,
    );
  });

  await t.step("--outdir and --errdir have a file of each, byte for byte", async () => {
    const [out, err] = [`${here.home}/results/out`, `${here.home}/results/err`];
    const { code, stderr } = await run("--outdir", out, `--errdir=${err}`, "-b", "-B");
    assert.deepEqual([code, stderr.split("\n")[0]], [
      2,
      "nanotrigger: web2: exited with exit code 1",
    ]);
    for (const folder of [out, err]) {
      const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
      assert.deepEqual(names.toSorted(), ["web1", "web2", "web3"]);
    }
    assert.match(await Deno.readTextFile(`${out}/web3`), /^web3 at .*\n1\.1c\n$/);
    assert.equal(await Deno.readTextFile(`${err}/web1`), "warning\n");
  });

  await t.step("a link in the place of a file is refused before anything runs", async () => {
    const folder = `${here.home}/linked`;
    await Deno.mkdir(folder);
    await Deno.writeTextFile(`${here.home}/victim`, "kept");
    await Deno.symlink(`${here.home}/victim`, `${folder}/web2`);
    const { code, stdout, stderr } = await run("--outdir", folder);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.equal(stderr, `nanotrigger: error: ${folder}/web2 is not a regular file\n`);
    assert.equal(await Deno.readTextFile(`${here.home}/victim`), "kept");
  });

  await t.step("--ok-if-lost counts those only that were there", async () => {
    const args = ["-w", "web[1,9]", "-t", "3", ...here.listen, "--ok-if-lost", "-q", "--", "true"];
    const { code, stdout, stderr } = await here.trigger("run", ...args);
    assert.deepEqual([code, stdout, stderr], [0, "", ""]);
  });
});
