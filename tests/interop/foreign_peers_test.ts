/**
 * Programs that speak SP but are no agents, attached to the queue during a signed run.
 * @module
 */
import assert from "node:assert/strict";
import { E2E, type Installation, openInstallation } from "../support/programs/installation.ts";
import type { RealProgram } from "../support/programs/real_program.ts";
import { nanocat, nngcat } from "./support/cat_program.ts";
import { nextText } from "./support/sp_program.ts";

/** A run that lasts for five seconds, because one of its hosts is not there. */
async function longRun(here: Installation): Promise<RealProgram> {
  const args = ["run", "-w", "web[1,9]", "-v", "-t", "5", ...here.listen, "--", "echo", "hi"];
  const trigger = here.start("trigger", args);
  await here.queueIsThere();
  return trigger;
}

for (const foreign of [nanocat, nngcat]) {
  Deno.test({
    ...E2E,
    name: `a signed run is not harmed by ${foreign.name} at its queue ${foreign.peer.needs}`,
    ignore: !foreign.peer.available,
    async fn(t) {
      await using here = await openInstallation();
      await here.trigger("key");
      await using _agent = await here.agent("web1");
      const meeting = { side: "dials", url: here.url } as const;

      await t.step("as respondents that answer every survey with something", async () => {
        await using trigger = await longRun(here);
        await using junk = foreign.start({ role: "respondent", say: "web1: fake" }, meeting);
        const envelope = '{"payload":"","payloadType":"","signatures":[]}';
        await using forged = foreign.start({ role: "respondent", say: envelope }, meeting);
        for (const program of [junk, forged]) {
          assert.match(await nextText(program), /^\{"kind":"welcome"/);
        }
        const { code, stdout, stderr } = await trigger.ended();
        assert.deepEqual([code, stdout], [4, "web1: hi\n"]);
        assert.match(stderr, /: protocol error addr=.*not a message of a nanoexec session"\n/);
        assert.match(stderr, /web9: expired/);
      });

      await t.step(
        "as subscribers, publishers and surveyors, who have no place there",
        async () => {
          await using trigger = await longRun(here);
          await using _sub = foreign.start({ role: "sub", subscribe: "" }, meeting);
          await using _pub = foreign.start({ role: "pub", say: "ALL:touch /tmp/no" }, meeting);
          await using _surveyor = foreign.start({ role: "surveyor", say: "who?" }, meeting);
          await trigger.says("stderr", /sub/i);
          const { code, stdout } = await trigger.ended();
          assert.deepEqual([code, stdout], [4, "web1: hi\n"]);
        },
      );
    },
  });
}
