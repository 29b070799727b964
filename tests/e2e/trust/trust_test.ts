/**
 * Who may do what: rules in the trust file, revoked keys, and the record of it.
 * @module
 */
import assert from "node:assert/strict";
import { E2E, openInstallation } from "../../support/programs/installation.ts";
import { configOf, makeKeys, writeTrust } from "../../support/programs/trust_files.ts";

Deno.test("an agent obeys the rules of its trust file", E2E, async (t) => {
  await using here = await openInstallation();
  const [ann = "", bob = ""] = await makeKeys(here, "ann", "bob");
  await writeTrust(here, ann, `commands="/usr/bin/id *",commands="uptime",no-shell ${bob}`);
  await using agent = await here.agent("web1");
  const as = (name: string, ...rest: string[]) => [
    ...["run", "-w", "web1", "--key", `${here.home}/${name}.key`, ...here.listen, ...rest],
  ];

  await t.step("what a rule allows runs", async () => {
    const { code, stdout } = await here.trigger(...as("bob", "--", "/usr/bin/id", "-u"));
    assert.deepEqual([code, stdout], [0, `web1: ${Deno.uid()}\n`]);
  });

  await t.step("anything else is refused, with a reason, and does not run", async () => {
    for (
      const rest of [
        ["--", "/usr/bin/id", "-u", "root"],
        ["--", "/usr/bin/touch", `${here.home}/proof`],
        ["--shell", `touch ${here.home}/proof`],
      ]
    ) {
      const { code, stdout, stderr } = await here.trigger(...as("bob", ...rest));
      assert.deepEqual([code, stdout], [16, ""]);
      assert.match(stderr, /^nanotrigger: web1: refused: .+\n$/);
    }
    await assert.rejects(Deno.stat(`${here.home}/proof`), Deno.errors.NotFound);
  });

  await t.step("--dry-run and nanoexec check say the same beforehand", async () => {
    const rows = [["/usr/bin/id", "-u"], ["/usr/bin/touch", "x"]] as const;
    for (const [index, argv] of rows.entries()) {
      const status = index === 0 ? 0 : 16;
      const dry = await here.trigger(...as("bob", "--dry-run", "--", ...argv));
      const check = await here.exec("check", "--key", "bob", "--", ...argv);
      assert.deepEqual([dry.code, check.code], [status, status]);
      assert.match(check.stdout, index === 0 ? /^allowed by / : /^refused \(/);
    }
  });

  await t.step("a key that nobody knows gets no answer, and that is soon known", async () => {
    await makeKeys(here, "eve");
    const command = ["--", "/usr/bin/touch", `${here.home}/proof`];
    const { code, stderr } = await here.trigger(...as("eve", "-t", "5m", ...command));
    assert.equal(code, 4);
    assert.match(stderr, /^nanotrigger: web1: lost: request sent but not answered: .*\n$/);
    await assert.rejects(Deno.stat(`${here.home}/proof`), Deno.errors.NotFound);
  });

  await t.step("a key that was revoked is no key, after SIGHUP", async () => {
    await Deno.writeTextFile(configOf(here, "revoked_keys"), `${bob}\n`, { mode: 0o600 });
    agent.kill("SIGHUP");
    await agent.says("stderr", /trust files reloaded keys=\d+/);
    const { code } = await here.trigger(...as("bob", "-t", "4", "--", "/usr/bin/id", "-u"));
    assert.equal(code, 4);
    assert.equal(
      (await here.trigger(...as("ann", "--note", "ticket 7", "--", "/usr/bin/id", "-u"))).code,
      0,
    );
  });

  await t.step("the audit log tells all of it, and shows when it was changed", async () => {
    const log = `${here.stateOf("web1")}/audit.jsonl`;
    const { code, stdout } = await here.exec("audit", "verify", log);
    assert.equal(code, 0);
    assert.match(stdout, /: intact, /);
    const lines = (await Deno.readTextFile(log)).trimEnd().split("\n");
    assert.equal(lines.filter((line) => JSON.parse(line).note === "ticket 7").length, 1);
    const events = lines.map((line) => JSON.parse(line).event);
    const count = (event: string) => events.filter((each) => each === event).length;
    assert.deepEqual([count("start"), count("allow"), count("end")], [1, 2, 2]);
    assert.ok(count("deny") >= 3 && count("bad") >= 2);
    const copy = `${here.home}/copy.jsonl`;
    const changed = lines.map((line) => line.replace("/usr/bin/id", "/usr/bin/ls"));
    await Deno.writeTextFile(copy, changed.join("\n") + "\n");
    const verdict = await here.exec("audit", "verify", copy);
    assert.deepEqual([verdict.code, verdict.stdout], [1, ""]);
    assert.match(verdict.stderr, /line \d+: /);
  });
});
