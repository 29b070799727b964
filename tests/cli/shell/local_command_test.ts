import assert from "node:assert/strict";
import { UserError } from "../../../lib/base/errors.ts";
import { runLocalCommand } from "../../../lib/cli/shell/local_command.ts";

const run = { interactive: false, signal: new AbortController().signal };

Deno.test("runLocally refuses what it has no permission for", {
  permissions: { run: ["/bin/true"] },
}, async () => {
  await assert.rejects(runLocalCommand("true", run), (error) => {
    assert.ok(error instanceof UserError);
    assert.match(error.message, /^not permitted to run local commands$/);
    assert.match(error.hint ?? "", /--allow-run=\/bin\/sh$/);
    return true;
  });
});

Deno.test("runLocally gives the exit code", { permissions: { run: ["/bin/sh"] } }, async () => {
  assert.equal(await runLocalCommand("exit 3", run), 3);
  assert.equal(await runLocalCommand("kill -INT $$", run), 130);
});
