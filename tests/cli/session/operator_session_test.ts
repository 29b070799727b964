import assert from "node:assert/strict";
import { saveKey } from "../../../lib/cli/keys/operator_key.ts";
import { OperatorSession } from "../../../lib/cli/session/operator_session.ts";
import { generateSecretKey } from "../../../lib/envelope/keys/secret_key.ts";
import { inFastFolder } from "../../support/fast_folder.ts";
import { recordingTerminal } from "../terminal/recording_terminal.ts";

Deno.test("OperatorSession opens the key once, however often it is asked for", {
  permissions: { read: true, write: true, env: true, sys: ["uid", "hostname"] },
}, () =>
  inFastFolder(async (folder) => {
    const { terminal } = recordingTerminal();
    const [key, passphraseFile] = [`${folder}/ann.key`, `${folder}/passphrase`];
    saveKey(key, generateSecretKey("ann"), "open sesame");
    await Deno.writeTextFile(passphraseFile, "open sesame\n", { mode: 0o600 });
    const choice = {
      hub: undefined,
      key,
      passphraseFile,
      logFormat: "text",
      verbosity: 0,
    } as const;
    await using session = new OperatorSession(choice, terminal);
    const first = session.key();
    assert.equal(session.key(), first);
    assert.equal((await first).comment, "ann");
    await Deno.remove(passphraseFile);
    assert.equal(await session.key(), await first);
  }));
