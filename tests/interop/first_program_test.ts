/**
 * Our programs, as real processes, with the first program's: its trigger over our agent, our
 * trigger over its agents.
 * @module
 */
import assert from "node:assert/strict";
import { E2E, type Installation, openInstallation } from "../support/programs/installation.ts";
import type { RealProgram } from "../support/programs/real_program.ts";
import { buildLegacyPrograms, legacyPeer } from "./support/legacy_programs.ts";
import { ForeignProcess } from "./support/foreign_process.ts";

const TRIGGERS = 10;

function legacyTest(title: string, fn: (t: Deno.TestContext) => Promise<void>): void {
  Deno.test({ ...E2E, name: `${title} ${legacyPeer.needs}`, ignore: !legacyPeer.available, fn });
}

/** Fires once as the first trigger did, which never says whether anybody was there. */
async function fire(trigger: string, { url }: Installation, host: string, command: string) {
  const { code } = await new Deno.Command(trigger, {
    args: [url.replace("127.0.0.1", "*"), host, command],
  }).output();
  assert.equal(code, 0);
}

/** Waits until `agent`, started with -vv, is done with all queues and commands that it has met. */
async function idle(agent: RealProgram): Promise<void> {
  const pairs = [
    [": connection opened ", ": connection closed "],
    [": request accepted ", ": command ended "],
  ];
  for (const [begin, end] of pairs) {
    const count = (word = "") => agent.text("stderr").split(word).length - 1;
    for (let ended = 0; ended < count(begin);) {
      await agent.says("stderr", new RegExp(`(${end}[^]*){${++ended}}`));
    }
  }
}

legacyTest("nanoexec --insecure runs what the first trigger fires in its 100 ms", async () => {
  await using here = await openInstallation();
  await using legacy = await buildLegacyPrograms();
  await using agent = await here.agent("host1", "--insecure", "-vv");
  const file = `${here.home}/ran`;
  for (let number = 0; number < TRIGGERS; number++) {
    await fire(legacy.trigger, here, number % 2 ? "host1" : "ALL", `echo ${number} >> ${file}`);
    await idle(agent);
  }
  const ran = (await Deno.readTextFile(file)).trim().split("\n");
  console.log(`${ran.length} of ${TRIGGERS} one-shot triggers were heard`);
  assert.ok(ran.length >= 0.9 * TRIGGERS, `${ran.length} of ${TRIGGERS}`);
  assert.equal(new Set(ran).size, ran.length);
});

legacyTest("nanoexec --insecure takes names as they are, not as prefixes", async () => {
  await using here = await openInstallation();
  await using legacy = await buildLegacyPrograms();
  await using agent = await here.agent("host1", "--insecure", "-vv");
  const file = `${here.home}/ran`;
  for (const host of ["host", "host12", "HOST1", "ALLIGATOR", "all"]) {
    await fire(legacy.trigger, here, host, `echo ${host} >> ${file}`);
  }
  while (!/ request accepted /.test(agent.text("stderr"))) {
    await fire(legacy.trigger, here, "host1", `echo host1 >> ${file}`);
  }
  await idle(agent);
  assert.deepEqual([...new Set((await Deno.readTextFile(file)).trim().split("\n"))], ["host1"]);
});

legacyTest("nanoexec without --insecure does not listen to the first trigger", async () => {
  await using here = await openInstallation();
  await using legacy = await buildLegacyPrograms();
  await here.trigger("key");
  await using agent = await here.agent("host1", "-vv");
  const file = `${here.home}/ran`;
  for (let number = 0; number < 3; number++) {
    await fire(legacy.trigger, here, "ALL", `echo ${number} >> ${file}`);
  }
  const { code } = await here.trigger("-h", "host1", "-c", "true", ...here.listen);
  assert.equal(code, 0);
  await idle(agent);
  await assert.rejects(Deno.stat(file), Deno.errors.NotFound);
});

legacyTest("nanotrigger --insecure reaches the first program's agents", async (t) => {
  await using here = await openInstallation();
  await using legacy = await buildLegacyPrograms();
  await using host1 = new ForeignProcess(legacy.agent, [here.url, "host1"]);
  const insecure = (host: string, command: string) =>
    here.trigger("--insecure", "-h", host, "-c", command, ...here.listen);

  await t.step("all of them", async () => {
    const { code, stdout, stderr } = await insecure("ALL", "echo all");
    assert.deepEqual([code, stdout], [0, ""]);
    assert.match(stderr, /^nanotrigger: sent to 1 agent of the first program\n$/m);
    assert.equal(await host1.line(), "all");
  });

  await t.step("one of them, though nobody can say whether it was there", async () => {
    const { code, stderr } = await insecure("host1", "echo one");
    assert.equal(code, 4);
    assert.match(
      stderr,
      /warning: delivery to host1 not confirmed: agents of the first program report no names/,
    );
    assert.equal(await host1.line(), "one");
  });

  await t.step("with a warning about those that take the name of another for theirs", async () => {
    const { code, stderr } = await insecure("host12", "echo wrong");
    assert.equal(code, 4);
    assert.match(stderr, /run what is sent to any name that begins with theirs\n/);
    assert.equal(await host1.line(), "wrong");
  });

  await t.step("but not with a name that all of them would take for theirs", async () => {
    const { code, stderr } = await insecure("ALLISON", "echo everybody");
    assert.equal(code, 1);
    assert.match(stderr, /error: "ALLISON" begins with ALL/);
  });

  await t.step("beside agents of ours, each of which runs it once", async () => {
    await using agent = await here.agent("host2", "--insecure", "-vv");
    const file = `${here.home}/ran`;
    const { code, stdout, stderr } = await insecure("ALL", `echo done; echo x >> ${file}`);
    assert.deepEqual([code, stdout], [0, "host2: done\n"]);
    assert.match(stderr, /also sent to 1 agent of the first program/);
    assert.equal(await host1.line(), "done");
    await idle(agent);
    assert.equal(await Deno.readTextFile(file), "x\nx\n");
  });
});
