import assert from "node:assert/strict";
import { saveKey } from "../../../lib/cli/keys/operator_key.ts";
import { CommandResources } from "../../../lib/cli/session/command_resources.ts";
import { generateSecretKey } from "../../../lib/envelope/keys/secret_key.ts";
import { inFastFolder } from "../../support/fast_folder.ts";
import { recordingTerminal } from "../terminal/recording_terminal.ts";

Deno.test("CommandResources opens the key once, however often it is asked for", {
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
    await using resources = new CommandResources(choice, terminal);
    const first = resources.key();
    assert.equal(resources.key(), first);
    assert.equal((await first).comment, "ann");
    await Deno.remove(passphraseFile);
    assert.equal(await resources.key(), await first);
  }));
