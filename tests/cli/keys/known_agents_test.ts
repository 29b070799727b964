import assert from "node:assert/strict";
import { dirname } from "node:path";
import { UserError } from "../../../lib/base/errors.ts";
import { openKnownAgents, readKnownAgents } from "../../../lib/cli/keys/known_agents.ts";
import { generateSecretKey } from "../../../lib/envelope/keys/secret_key.ts";

const permissions = { read: true, write: true, sys: ["uid"] } as Deno.PermissionOptionsObject;

const WEB1 = generateSecretKey("web1").publicKey;
const WEB2 = generateSecretKey("web2").publicKey;

/** Runs `action` with the path of a file in a folder that is not there yet. */
async function withPath(action: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "nanoexec_known_" });
  try {
    await action(`${folder}/config/known_agents`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function names(path: string): Promise<readonly string[]> {
  return [...await readKnownAgents(path)].map(([name, key]) => `${name} ${key.base64}`);
}

Deno.test(
  "KnownAgents keeps what it learns in a file of its owner's",
  { permissions },
  () =>
    withPath(async (path) => {
      const known = await openKnownAgents(path);
      assert.deepEqual([...known], []);
      known.keep(["web1", "web2"]);
      known.set("web1", WEB1);
      known.set("web2", WEB2);
      assert.equal(known.get("web1"), WEB1);
      assert.deepEqual(await names(path), [`web1 ${WEB1.base64}`, `web2 ${WEB2.base64}`]);
      assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
    }),
);

Deno.test(
  "KnownAgents forgets, and then takes another key",
  { permissions },
  () =>
    withPath(async (path) => {
      const known = await openKnownAgents(path);
      known.keep(["web1", "web2"]);
      known.set("web1", WEB1);
      known.set("web2", WEB2);
      assert.equal(known.forget("web1"), true);
      assert.equal(known.forget("web1"), false);
      assert.deepEqual(await names(path), [`web2 ${WEB2.base64}`]);
      known.set("web1", WEB2);
      assert.deepEqual(await names(path), [`web2 ${WEB2.base64}`, `web1 ${WEB2.base64}`]);
    }),
);

Deno.test("KnownAgents without a file knows until it ends", async () => {
  const known = await readKnownAgents(undefined);
  known.set("web1", WEB1);
  assert.equal(known.get("web1"), WEB1);
  assert.equal(known.forget("web1"), true);
  assert.equal(known.get("web1"), undefined);
});

Deno.test(
  "readKnownAgents reads what an editor leaves, and refuses the rest",
  { permissions },
  () =>
    withPath(async (path) => {
      const known = await openKnownAgents(path);
      known.keep(["web1"]);
      known.set("web1", WEB1);
      const line = await Deno.readTextFile(path);
      await Deno.writeTextFile(path, `# ours\n\n${line}`);
      assert.deepEqual(await names(path), [`web1 ${WEB1.base64}`]);
      const bad = [
        "web2",
        `web2 ssh-ed25519 ${WEB2.base64}`,
        `web2 nanoexec-ed25519 ${WEB2.base64} more`,
        `../x nanoexec-ed25519 ${WEB2.base64}`,
        "web2 nanoexec-ed25519 AAAA",
      ];
      for (const second of bad) {
        await Deno.writeTextFile(path, `${line}${second}\n`);
        const refused = { name: "UserError", message: /known_agents: line 2\b/ };
        await assert.rejects(readKnownAgents(path), refused, second);
      }
      await Deno.chmod(path, 0o666);
      await assert.rejects(readKnownAgents(path), UserError);
    }),
);

Deno.test(
  "openKnownAgents makes nothing where others could have put a link",
  { permissions },
  () =>
    withPath(async (path) => {
      const [folder, elsewhere] = [dirname(path), `${dirname(path)}-elsewhere`];
      await Deno.mkdir(elsewhere);
      await Deno.symlink(elsewhere, folder);
      await Deno.chmod(dirname(folder), 0o777);
      await assert.rejects(openKnownAgents(path), UserError);
      assert.deepEqual(await Array.fromAsync(Deno.readDir(elsewhere)), []);
    }),
);

Deno.test(
  "KnownAgents writes down only the agents that were asked for",
  { permissions },
  () =>
    withPath(async (path) => {
      const known = await openKnownAgents(path);
      for (let index = 0; index < 100; index++) known.set(`stranger${index}`, WEB2);
      known.set("web1", WEB1);
      assert.deepEqual(await names(path), []);
      assert.equal(known.get("web1"), WEB1);
      known.keep(["web1", "web2"]);
      known.keep(["web1"]);
      known.set("web2", WEB2);
      assert.deepEqual(await names(path), [`web1 ${WEB1.base64}`, `web2 ${WEB2.base64}`]);
      assert.deepEqual([...known].map(([name]) => name), ["web1", "web2"]);
      assert.equal(known.forget("stranger7"), true);
      assert.equal(known.get("stranger7"), undefined);
    }),
);

Deno.test("KnownAgents remembers the last 10,000 strangers and all whom it was told to keep", async () => {
  const known = await readKnownAgents(undefined);
  known.set("web1", WEB1);
  known.keep(["web1"]);
  for (let index = 0; index <= 10_000; index++) known.set(`stranger${index}`, WEB2);
  assert.equal(known.get("web1"), WEB1);
  assert.equal(known.get("stranger0"), undefined);
  assert.equal(known.get("stranger1"), WEB2);
  assert.equal(known.get("stranger10000"), WEB2);
});
