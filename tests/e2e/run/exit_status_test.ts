/**
 * What the exit status of a trigger says.
 * @module
 */
import assert from "node:assert/strict";
import { E2E, openInstallation } from "../../support/programs/installation.ts";

Deno.test("the exit status tells the truth", E2E, async (t) => {
  await using here = await openInstallation();
  const listen = here.listen;
  await here.trigger("key");
  await using _web1 = await here.agent("web1");
  await using _web2 = await here.agent("web2");

  await t.step("stderr comes back on stderr, and the status says that it failed: 2", async () => {
    const command = "echo out; echo err >&2; exit 3";
    const { code, stdout, stderr } = await here.trigger("-h", "web1", "-c", command, ...listen);
    assert.deepEqual([code, stdout], [2, "web1: out\n"]);
    assert.equal(stderr, "web1: err\nnanotrigger: web1: exited with exit code 3\n");
  });

  await t.step("a host that never comes is said to be expired: 4", async () => {
    const args = ["run", "-w", "web[1,3]", "-t", "4", ...listen, "--", "echo", "here"];
    const { code, stdout, stderr } = await here.trigger(...args);
    assert.deepEqual([code, stdout], [4, "web1: here\n"]);
    const hint = `run -w web3 -t 4 ${listen[0]}=${listen[1]} -- echo here`;
    assert.equal(
      stderr,
      "nanotrigger: web3: expired: not delivered\n" +
        `nanotrigger: hint: rerun on these hosts: nanotrigger ${hint}\n`,
    );
  });

  await t.step("a program that is not there is refused: 16", async () => {
    const { code, stdout, stderr } = await here.trigger(
      "run",
      "-w",
      "web1",
      ...listen,
      "--",
      "nosuch",
    );
    assert.deepEqual([code, stdout], [16, ""]);
    assert.match(stderr, /^nanotrigger: web1: refused: .*nosuch.*\n$/);
  });

  await t.step("statuses add up: 2 + 4 + 16", async () => {
    const command = "[ $NANOEXEC_HOST = web1 ] && exit 1; exit 0";
    const args = [
      "run",
      "-w",
      "web[1-3]",
      "-t",
      "1",
      "-l",
      "nobody",
      ...listen,
      "--shell",
      command,
    ];
    const { code } = await here.trigger(...args);
    assert.equal(code, Deno.uid() === 0 ? 2 + 4 : 4 + 16);
  });

  await t.step("--dry-run says what would happen, and nothing runs", async () => {
    const proof = `${here.home}/proof`;
    const args = ["run", "-w", "web[1-2]", "--dry-run", ...listen, "--", "/usr/bin/touch", proof];
    const { code, stdout, stderr } = await here.trigger(...args);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^web\[1-2\]: would run .*\n$/);
    await assert.rejects(Deno.stat(proof), Deno.errors.NotFound);
  });
});
