/**
 * The keys of agents, remembered from run to run.
 * @module
 */
import assert from "node:assert/strict";
import { openHubInstallation } from "../../support/programs/hub_installation.ts";
import { E2E, openInstallation } from "../../support/programs/installation.ts";

Deno.test("an agent that comes with the name of another is turned away, loudly", E2E, async (t) => {
  await using here = await openInstallation();
  await here.trigger("key");
  const run = (seconds: string) =>
    here.trigger("-h", "web1", "-c", "echo $PPID", "-t", seconds, ...here.listen);

  await t.step("the first one is remembered", async () => {
    await using _honest = await here.agent("web1");
    assert.equal((await run("10")).code, 0);
  });

  await Deno.rename(here.stateOf("web1"), `${here.home}/away`);
  await using impostor = await here.agent("web1");

  await t.step("another key for its name gets no command", async () => {
    const { code, stdout, stderr } = await run("5");
    assert.deepEqual([code, stdout], [4, ""]);
    assert.match(stderr, /web1.*key/);
    assert.match(stderr, /nanotrigger hosts forget/);
    assert.match(stderr, /web1: expired: not delivered\n/);
  });

  await t.step("and is told why", async () => {
    await impostor.says(
      "stderr",
      /agent refused by hub addr=.* host=web1 .*another key.*forget web1/,
    );
  });

  await t.step("until an operator says that it may", async () => {
    const forgotten = await here.trigger("hosts", "forget", "web1");
    assert.equal(forgotten.code, 0);
    assert.equal((await run("10")).code, 0);
  });
});

Deno.test("a hub that lets in another key is not handed a command for that host", E2E, async () => {
  await using place = await openHubInstallation();
  const { here, ask, options } = place;
  await using _web2 = await here.agent("web2");
  {
    await using _honest = await here.agent("web1");
    assert.equal((await ask("run", "-w", "web1", "--", "true")).code, 0);
  }
  // The hub is told to take another key; this operator is not asked.
  const known = `${here.home}/.config/nanoexec/known_agents`;
  const keys = await Deno.readTextFile(known);
  assert.equal((await here.trigger("hosts", "forget", ...options, "web1")).code, 0);
  await Deno.writeTextFile(known, keys, { mode: 0o600 });
  await Deno.rename(here.stateOf("web1"), `${here.home}/away`);
  await using _impostor = await here.agent("web1");
  while (!(await ask("hosts")).stdout.includes("web[1-2]")); // both are attached
  const ran = `${here.home}/ran`;
  const { code, stdout, stderr } = await ask("run", "-w", "web1", "--", "touch", ran);
  assert.deepEqual([code, stdout], [4, ""]);
  assert.match(stderr, /web1: not run: agent key of web1 changed: request not sent/);
  assert.match(stderr, /nanotrigger hosts forget web1/);
  const handed = await ask("run", "-w", "web[1-2]", "--async", "--", "touch", ran);
  assert.equal(handed.code, 4);
  assert.match(handed.stdout, /^[0-9a-f]{32}\n$/);
  assert.match(handed.stderr, /web1: not run: agent key of web1 changed: request not sent/);
  const staged = await ask("run", "-w", "web[1-2]", "--batch", "1", "--", "true");
  assert.equal(staged.code, 4);
  assert.match(staged.stderr, /web1: not run: agent key of web1 changed: request not sent/);
  const log = await ask("job", "last", "--jsonl");
  assert.doesNotMatch(log.stdout, /"web1"/);
});
