/**
 * Who is not what a hub expects: two agents of one name, with one key and with two, and programs that
 * speak SP and are no agents.
 * @module
 */
import assert from "node:assert/strict";
import { nanocat, nngcat } from "../../interop/support/cat_program.ts";
import { nextText } from "../../interop/support/sp_program.ts";
import { openHubInstallation } from "../../support/programs/hub_installation.ts";
import { E2E } from "../../support/programs/installation.ts";

Deno.test("of two agents with one name and one key the newest serves", E2E, async () => {
  await using place = await openHubInstallation("-v");
  const { here, hub, ask } = place;
  await using older = await here.agent("web1", "-v");
  await hub.says("stderr", /agent attached host=web1 addr=/);
  const copy = here.stateOf("copy");
  await Deno.mkdir(copy, { mode: 0o700 });
  await Deno.copyFile(`${here.stateOf("web1")}/agent.key`, `${copy}/agent.key`);
  const args = ["-v", "--hostname", "web1", "--state", copy, here.url];
  await using newer = here.start("exec", args);
  await newer.says("stderr", /session with hub opened version=/);
  await hub.says("stderr", /(agent attached host=web1 [^]*){2}agent detached host=web1 /);
  // Which of them is attached may change while both dial, so the older one ends first.
  older.kill("SIGTERM");
  await older.ended();
  const line = `echo ran >> ${here.home}/runs`;
  const { code, stderr } = await ask("run", "-w", "web1", "-t", "30", "--shell", line);
  assert.equal(code, 0, stderr);
  assert.equal(await Deno.readTextFile(`${here.home}/runs`), "ran\n");
  assert.equal((await ask("hosts")).stdout, "attached: web1\n");
});

Deno.test(
  "an agent with the name of another and a key of its own is turned away",
  E2E,
  async () => {
    await using place = await openHubInstallation();
    const { here, hub, ask } = place;
    await using _honest = await here.agent("web1");
    const { code } = await ask("run", "-w", "web1", "-t", "30", "--", "true");
    assert.equal(code, 0);
    const args = ["--hostname", "web1", "--state", here.stateOf("thief"), here.url];
    await using thief = here.start("exec", args);
    await hub.says("stderr", /agent refused addr=.* host=web1 .*key changed.*hosts forget web1/);
    await thief.says("stderr", /agent refused by hub .*host=web1 .*another key/);
    const run = await ask("run", "-w", "web1", "--shell", "echo $NANOEXEC_HOST");
    assert.deepEqual([run.code, run.stdout], [0, "web1: web1\n"], run.stderr);
  },
);

for (const foreign of [nanocat, nngcat]) {
  Deno.test({
    ...E2E,
    name: `a hub is not harmed by ${foreign.name} as a respondent ${foreign.peer.needs}`,
    ignore: !foreign.peer.available,
    async fn() {
      await using place = await openHubInstallation();
      const { here, hub, ask } = place;
      await using _agent = await here.agent("web1");
      const meeting = { side: "dials", url: here.url } as const;
      await using stranger = foreign.start({ role: "respondent", say: "web1: fake" }, meeting);
      assert.match(await nextText(stranger), /^\{"kind":"welcome"/);
      await hub.says("stderr", /: protocol error addr=.*not a message of a nanoexec session/);
      const run = await ask("run", "-w", "web1", "-t", "30", "--", "echo", "true");
      assert.deepEqual([run.code, run.stdout], [0, "web1: true\n"], run.stderr);
      assert.equal((await ask("hosts")).stdout, "attached: web1\n");
    },
  });
}
