/**
 * `--secret`: what reaches a command, and what is left of it anywhere.
 * @module
 */
import assert from "node:assert/strict";
import { E2E, openInstallation } from "../../support/programs/installation.ts";

const SECRET = "correct-horse-battery";

Deno.test("a secret reaches its command and nothing else", E2E, async () => {
  await using here = await openInstallation();
  await here.trigger("key");
  const file = `${here.home}/pw`;
  await Deno.writeTextFile(file, `${SECRET}\n`);
  {
    await using agent = await here.agent("web1", "-vv");
    const line = 'echo "$PW" | cut -c1-7; echo "all: $PW"; echo "err: $PW" >&2';
    const ended = await here.trigger(
      ...["run", "-w", "web1", "-v", ...here.listen, "--secret", `PW=@${file}`, "--shell", line],
    );
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(ended.stdout, "web1: correct\nweb1: all: ***\n");
    assert.match(ended.stderr, /err: \*\*\*/);
    assert.doesNotMatch(ended.stderr + agent.text("stdout") + agent.text("stderr"), /horse/);
    const rehearsal = await here.trigger(
      ...["run", "-w", "web1", ...here.listen, "--dry-run", "--secret", `PW=@${file}`, "id"],
    );
    assert.equal(rehearsal.code, 0, rehearsal.stderr);
  }
  // Journal, its log and the audit log, after the agent has closed them.
  for await (const { name, isFile } of Deno.readDir(here.stateOf("web1"))) {
    if (!isFile) continue;
    const bytes = await Deno.readFile(`${here.stateOf("web1")}/${name}`);
    assert.ok(!new TextDecoder("latin1").decode(bytes).includes(SECRET), name);
  }
});
