/**
 * What needs no hub that runs by itself: the trigger is the queue for as long as it takes.
 * @module
 */
import assert from "node:assert/strict";
import { E2E, openInstallation } from "../../support/programs/installation.ts";

Deno.test("ping and --queue-for do without a hub", E2E, async (t) => {
  await using here = await openInstallation();
  await here.trigger("key");
  await using _web1 = await here.agent("web1");

  await t.step("ping tells who is there", async () => {
    const all = await here.trigger("ping", ...here.listen);
    assert.equal(all.code, 0);
    assert.match(all.stdout, /^web1: ok, round trip [\d.]+ ms, clock offset within [\d.]+ s/);
    const some = await here.trigger("ping", "-w", "web[1-2]", "-t", "3", ...here.listen);
    assert.equal(some.code, 4);
    assert.match(some.stdout, /^web1: ok, .*\nweb2: not attached\n$/);
  });

  await t.step("--queue-for waits so long, and no longer", async () => {
    const args = ["-w", "web[1-2]", "--queue-for", "4s", ...here.listen, "--", "echo", "here"];
    const { code, stdout, stderr } = await here.trigger("run", ...args);
    assert.deepEqual([code, stdout], [4, "web1: here\n"]);
    assert.match(stderr, /^nanotrigger: web2: expired: not delivered\n/);
    assert.doesNotMatch(stderr, /show the job/);
  });
});
