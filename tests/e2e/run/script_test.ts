/**
 * `--script`: the operator's file, run on hosts that do not have it.
 * @module
 */
import assert from "node:assert/strict";
import { E2E, openInstallation } from "../../support/programs/installation.ts";

Deno.test("a script of the operator's runs on hosts that do not have it", E2E, async (t) => {
  await using here = await openInstallation();
  await here.trigger("key");
  await using _agent = await here.agent("web1");
  const file = `${here.home}/hello.sh`;
  await Deno.writeTextFile(file, '#!/bin/sh\necho "$NANOEXEC_HOST: $# $1"\nexit 3\n');
  const run = ["run", "-w", "web1", ...here.listen];

  await t.step("with its arguments", async () => {
    const ended = await here.trigger(...run, "--script", file, "--", "a b", "-c");
    assert.deepEqual([ended.code, ended.stdout], [2, "web1: web1: 2 a b\n"], ended.stderr);
  });

  await t.step("a rehearsal says what would interpret it", async () => {
    const { code, stdout } = await here.trigger(...run, "--dry-run", "--script", file);
    assert.equal(code, 0);
    assert.match(stdout, /the script with \/bin\/sh as /);
  });

  await t.step("what nothing could interpret is not sent", async () => {
    await Deno.writeTextFile(file, "#!/bin/sh\r\necho\r\n");
    const { code, stderr } = await here.trigger(...run, `--script=${file}`);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^nanotrigger: error: cannot run script .*: lines of the script end in CR LF/,
    );
  });
});

Deno.test("a key that may run no shell runs no script", E2E, async () => {
  await using here = await openInstallation();
  const { stdout: key } = await here.trigger("key");
  await Deno.writeTextFile(`${here.home}/.config/nanoexec/trusted_keys`, `no-shell ${key}`);
  await using _agent = await here.agent("web1");
  const file = `${here.home}/hello.sh`;
  await Deno.writeTextFile(file, "#!/usr/bin/awk -f\n");
  const { code, stderr } = await here.trigger(
    ...["run", "-w", "web1", ...here.listen, "--script", file],
  );
  assert.equal(code, 16);
  assert.match(stderr, /may not run a script/);
});
