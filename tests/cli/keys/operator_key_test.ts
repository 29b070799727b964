import assert from "node:assert/strict";
import { UserError } from "../../../lib/base/errors.ts";
import {
  addToUserTrustFile,
  defaultKeyPath,
  openOperatorKey,
  readPublicKeyOf,
  saveKey,
} from "../../../lib/cli/keys/operator_key.ts";
import type { InstallationPaths } from "../../../lib/cli/keys/installation_paths.ts";
import { parseTrustFile } from "../../../lib/envelope/trust/trust_file.ts";
import { generateSecretKey } from "../../../lib/envelope/keys/secret_key.ts";
import { recordingTerminal } from "../terminal/recording_terminal.ts";

const permissions: Deno.PermissionOptionsObject = {
  read: true,
  write: true,
  env: ["USER", "LOGNAME"],
  sys: ["uid", "hostname"],
};
const USUAL = { key: undefined, passphraseFile: undefined };

/** Runs `action` with the places of somebody who has nothing yet. */
async function withPlaces(
  action: (places: InstallationPaths & { readonly home: string }) => Promise<void>,
): Promise<void> {
  const home = await Deno.makeTempDir({ prefix: "nanoexec_operator_" });
  try {
    const config = `${home}/.config/nanoexec`;
    await action({
      home,
      trustFiles: [`${config}/trusted_keys`],
      hubOperatorFiles: [],
      revocationFiles: [],
      groups: { files: [], programs: [] },
      operatorKeyFile: `${config}/operator.key`,
      userTrustFile: `${config}/trusted_keys`,
      knownAgentsFile: undefined,
      historyFile: undefined,
      stateFolder: undefined,
      controlSockets: [],
      configFolders: [],
    });
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

Deno.test(
  "openOperatorKey makes a key at first use, and says so once",
  { permissions },
  () =>
    withPlaces(async (places) => {
      const { terminal, stderr } = recordingTerminal();
      const made = await openOperatorKey(USUAL, places, terminal);
      const again = await openOperatorKey(USUAL, places, terminal);
      await terminal.flush();
      assert.equal(again.publicKey.keyid, made.publicKey.keyid);
      assert.match(stderr.text, /^prog: created operator key .*operator\.key; your agents .*\n$/);
      const { mode } = await Deno.stat(defaultKeyPath(places));
      assert.equal((mode ?? 0) & 0o777, 0o600);
      const [entry] = parseTrustFile(await Deno.readTextFile(`${places.userTrustFile}`));
      assert.equal(entry?.key.keyid, made.publicKey.keyid);
    }),
);

Deno.test("openOperatorKey adds its key to a trust file that an editor left open", {
  permissions,
}, () =>
  withPlaces(async (places) => {
    const { terminal } = recordingTerminal();
    await Deno.mkdir(`${places.home}/.config/nanoexec`, { recursive: true });
    await Deno.writeTextFile(`${places.userTrustFile}`, "# mine", { mode: 0o600 });
    const { publicKey } = await openOperatorKey(USUAL, places, terminal);
    const [entry] = parseTrustFile(await Deno.readTextFile(`${places.userTrustFile}`));
    assert.deepEqual([entry?.key.keyid, entry?.line], [publicKey.keyid, 2]);
  }));

Deno.test("openOperatorKey opens a protected key with the passphrase in a file", {
  permissions,
}, () =>
  withPlaces(async (places) => {
    const { terminal } = recordingTerminal();
    const key = generateSecretKey("ann");
    const path = `${places.home}/ann.key`;
    const passphraseFile = `${places.home}/passphrase`;
    saveKey(path, key, "open sesame");
    await Deno.writeTextFile(passphraseFile, "open sesame\n", { mode: 0o600 });
    const opened = await openOperatorKey({ key: path, passphraseFile }, places, terminal);
    assert.equal(opened.publicKey.keyid, key.publicKey.keyid);
    assert.equal((await readPublicKeyOf(path))?.comment, "ann");
    await Deno.writeTextFile(passphraseFile, "open\n");
    await assert.rejects(openOperatorKey({ key: path, passphraseFile }, places, terminal), {
      name: "UserError",
      message: `${path}: wrong passphrase`,
    });
  }));

Deno.test(
  "keys that must not be used are refused in words",
  { permissions },
  () =>
    withPlaces(async (places) => {
      const { terminal } = recordingTerminal();
      const path = `${places.home}/ann.key`;
      const open = () => openOperatorKey({ ...USUAL, key: path }, places, terminal);
      await assert.rejects(open(), { message: `no such key file: ${path}` });
      await Deno.writeTextFile(path, "nonsense\n", { mode: 0o600 });
      await assert.rejects(open(), (error) => error instanceof UserError);
      await assert.rejects(readPublicKeyOf(path), { name: "UserError" });
      assert.throws(() => saveKey(path, generateSecretKey("x"), undefined), {
        message: `key file exists: ${path}`,
      });
      await Deno.chmod(path, 0o644);
      await assert.rejects(
        open(),
        (error) => error instanceof UserError && error.hint !== undefined,
      );
      assert.throws(() => defaultKeyPath({ ...places, operatorKeyFile: undefined }), UserError);
    }),
);

/** What another user, or whoever may write to a folder above, has made of a home. */
const FOREIGN: Readonly<Record<string, (home: string, elsewhere: string) => Promise<void>>> = {
  "is another user's": async (home) => await Deno.chown(home, 54_321, 54_321),
  "is open to all, and its folder leads elsewhere": async (home, elsewhere) => {
    await Deno.symlink(elsewhere, `${home}/.config`);
    await Deno.chmod(home, 0o777);
  },
};

for (const [what, change] of Object.entries(FOREIGN)) {
  Deno.test(`nothing is made below a home that ${what}`, {
    permissions,
    ignore: Deno.uid() !== 0,
  }, () =>
    withPlaces(async (places) => {
      const elsewhere = await Deno.makeTempDir({ prefix: "nanoexec_elsewhere_" });
      try {
        await change(places.home, elsewhere);
        const { terminal } = recordingTerminal();
        const key = generateSecretKey("x");
        const acts = [
          openOperatorKey(USUAL, places, terminal),
          Promise.try(() => saveKey(`${places.operatorKeyFile}`, key, undefined)),
          addToUserTrustFile(key, places),
        ];
        for (const outcome of await Promise.allSettled(acts)) {
          assert.equal(outcome.status, "rejected");
          assert.ok(outcome.reason instanceof UserError, String(outcome.reason));
          assert.match(outcome.reason.message, /unsafe folder .*the folder/);
          assert.ok(outcome.reason.hint !== undefined);
        }
        assert.deepEqual(await Array.fromAsync(Deno.readDir(elsewhere)), []);
      } finally {
        await Deno.remove(elsewhere, { recursive: true });
      }
    }));
}
