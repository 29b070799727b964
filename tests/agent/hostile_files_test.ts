/**
 * Hostile trust files, read again by a running agent, hostile key files, and configuration in
 * folders that an agent must not read: rows 45, 60 and 61 of the catalogue.
 */

import assert from "node:assert/strict";
import { UserError } from "../../lib/base/errors.ts";
import { StateFolder } from "../../lib/agent/records/state_folder.ts";
import { TrustStore } from "../../lib/agent/admission/trust_store.ts";
import { encodeSecretKey, generateSecretKey } from "../../lib/envelope/keys/secret_key.ts";
import { alice, bob } from "../support/envelope_fixtures.ts";
import { AgentFixture } from "../support/agent/agent_fixture.ts";
import { assertObeys } from "../support/agent/hostile_messages.ts";
import { inFastFolder } from "../support/fast_folder.ts";
import { COMPILED, E2E, openInstallation } from "../support/programs/installation.ts";
import { trustLine } from "../support/agent/signed_request.ts";

const permissions: Deno.PermissionOptions = { read: true, write: true, run: true, sys: ["uid"] };
const ALICE = trustLine(alice, "alice");
const GOOD = `${ALICE}\n${trustLine(bob, "bob")}\n`;

/** Changes of the trust file. */
const FILES: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
  "one line that is no key": (path) => Deno.writeTextFile(path, `${GOOD}nonsense\n`),
  "JSON": (path) => Deno.writeTextFile(path, '{"v":1,"default":"allow"}'),
  "an unknown option": (path) => Deno.writeTextFile(path, `from="10.*" ${GOOD}`),
  "an option twice": (path) => Deno.writeTextFile(path, `need=1,need=1 ${GOOD}`),
  "an option without its value": (path) => Deno.writeTextFile(path, `users ${GOOD}`),
  "a negation": (path) => Deno.writeTextFile(path, `!no-shell ${GOOD}`),
  "a quote that is not closed": (path) => Deno.writeTextFile(path, `commands="id ${GOOD}`),
  "a backreference in a pattern": (path) => Deno.writeTextFile(path, `hosts="/(a+)\\\\1/" ${GOOD}`),
  "a key that anybody can sign for": (path) =>
    Deno.writeTextFile(path, `${GOOD}nanoexec-ed25519 ${"A".repeat(43)}= weak\n`),
  "the same key twice": (path) => Deno.writeTextFile(path, `${GOOD}${ALICE}\n`),
  "writable by its group": (path) => Deno.chmod(path, 0o660),
  "writable by everybody": (path) => Deno.chmod(path, 0o666),
  "a link": async (path) => {
    await Deno.rename(path, `${path}.real`);
    await Deno.symlink(`${path}.real`, path);
  },
  "a FIFO": async (path) => {
    await Deno.remove(path);
    await new Deno.Command("mkfifo", { args: ["-m", "600", path] }).output();
  },
  "a folder": async (path) => {
    await Deno.remove(path);
    await Deno.mkdir(path);
  },
};

Deno.test("45: an agent that reads a bad trust file again obeys nobody until it is mended", {
  permissions,
}, async (t) => {
  await inFastFolder(async (outer) => {
    const path = `${outer}/trusted_keys`;
    const write = async () => {
      for (const file of [path, `${path}.real`]) {
        await Deno.remove(file, { recursive: true }).catch(() => {});
      }
      await Deno.writeTextFile(path, GOOD, { mode: 0o600 });
      await Deno.chmod(path, 0o600);
    };
    await write();
    const store = new TrustStore({ baked: [], given: [], files: [path], revoked: [] });
    await store.load();
    await using agent = await AgentFixture.open({ store });
    for (const [what, change] of Object.entries(FILES)) {
      await t.step(what, async () => {
        await change(path);
        await assert.rejects(store.load(), (error) => {
          assert.ok(isRefusal(error), String(error));
          return true;
        });
        agent.takeEvents();
        const ran = agent.ran.length;
        agent.hub.send(agent.request().bytes);
        await agent.hub.heard();
        assert.deepEqual([agent.ran.length, agent.hub.received], [ran, []]);
        assert.equal(agent.takeEvents().filter(({ kind }) => kind === "admission").length, 1);
        await write();
        await store.load();
        await assertObeys(agent);
      });
    }
  });
});

function isRefusal(error: unknown): error is UserError {
  return error instanceof UserError;
}

const KEY = encodeSecretKey(generateSecretKey("web1"));

/** Files instead of the agent's key. */
const KEYS: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
  "open to others": async (path) => {
    await Deno.writeTextFile(path, KEY);
    await Deno.chmod(path, 0o644);
  },
  "with CR LF": (path) => Deno.writeTextFile(path, KEY.replaceAll("\n", "\r\n"), { mode: 0o600 }),
  "two keys": (path) => Deno.writeTextFile(path, KEY + KEY, { mode: 0o600 }),
  "of another program": (path) =>
    Deno.writeTextFile(path, KEY.replace("nanoexec-ed25519-secret", "openssh"), { mode: 0o600 }),
  "with a comment of 10 MB": (path) =>
    Deno.writeTextFile(path, KEY.replace("web1", "x".repeat(10_000_000)), { mode: 0o600 }),
  "a FIFO": (path) => new Deno.Command("mkfifo", { args: ["-m", "600", path] }).output(),
  "a link": async (path) => {
    await Deno.writeTextFile(`${path}.real`, KEY, { mode: 0o600 });
    await Deno.symlink(`${path}.real`, path);
  },
  "a public key": (path) => Deno.writeTextFile(path, ALICE, { mode: 0o600 }),
};

for (const [what, make] of Object.entries(KEYS)) {
  Deno.test(`60: an agent does not begin with a key that is ${what}`, { permissions }, async () => {
    await inFastFolder(async (folder) => {
      await make(`${folder}/agent.key`);
      using state = new StateFolder(folder);
      await assert.rejects(state.key("web1"), (error) => {
        assert.ok(isRefusal(error), String(error));
        assert.equal(error.message.length < 400, true);
        return true;
      });
    });
  });
}

Deno.test("61: an agent takes no trust from where it stands or from unknown variables", {
  ...E2E,
  ignore: COMPILED,
}, async () => {
  await using here = await openInstallation();
  const stray = `${here.home}/stray`;
  for (const folder of ["", "nanoexec", ".config/nanoexec", "etc/nanoexec", "config/nanoexec"]) {
    await Deno.mkdir(`${stray}/${folder}`, { recursive: true });
    for (const name of ["trusted_keys", "nanoexec.json", "agent.json", "baked.json"]) {
      await Deno.writeTextFile(`${stray}/${folder}/${name}`, GOOD);
    }
  }
  const env = {
    NANOEXEC_TRUST: `${stray}/trusted_keys`,
    NANOEXEC_CONFIG: stray,
    XDG_CONFIG_DIRS: `${stray}/config`,
    XDG_CONFIG_HOME: "config",
  };
  const args = ["--hostname", "web1", "--state", here.stateOf("web1"), here.url];
  const [program, ...words] = here.words("exec", args);
  const { code, stderr } = await new Deno.Command(program, {
    args: words,
    cwd: stray,
    clearEnv: true,
    env: here.environment(env),
  }).output();
  assert.equal(code, 1);
  assert.match(
    new TextDecoder().decode(stderr),
    /^nanoexec: error: no trusted operator key\n/,
  );
});
