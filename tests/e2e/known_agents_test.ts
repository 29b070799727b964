/**
 * The keys of agents, remembered from run to run.
 * @module
 */
import assert from "node:assert/strict";
import { E2E, openInstallation } from "../support/installation.ts";

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
    assert.match(stderr, /web1: expired: never delivered, and so not run\n/);
  });

  await t.step("and is told why", async () => {
    await impostor.says(
      "stderr",
      /turned away by a queue: .* knows web1 by another key.*forget web1/,
    );
  });

  await t.step("until an operator says that it may", async () => {
    const forgotten = await here.trigger("hosts", "forget", "web1");
    assert.equal(forgotten.code, 0);
    assert.equal((await run("10")).code, 0);
  });
});
