import assert from "node:assert/strict";
import { TrustStore } from "../../../lib/agent/admission/trust_store.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { HubTrust } from "../../../lib/cli/keys/hub_trust.ts";
import type { SecretKey } from "../../../lib/envelope/keys/secret_key.ts";
import { rightsText } from "../../../lib/hub/operators/operator_trust.ts";
import { trustLine } from "../../support/agent/signed_request.ts";
import { alice, bob, mallory } from "../../support/envelope_fixtures.ts";
import { inFastFolder } from "../../support/fast_folder.ts";

const permissions: Deno.PermissionOptions = { read: true, write: true, sys: ["uid"] };
const ALICE = trustLine(alice, "alice");
const BOB = trustLine(bob, "bob");
const CAROL = trustLine(mallory, "carol");

/** A hub's files, and its trust. */
interface Scene {
  readonly trust: HubTrust;
  readonly own: string;
  readonly shared: string;
  write(name: "own" | "shared" | "revoked", ...lines: readonly string[]): Promise<void>;
  /** Returns the rights of a key; `undefined` if it is not trusted. */
  rights(key: SecretKey): string | undefined;
}

async function inScene(
  act: (scene: Scene) => Promise<void>,
  keys: { readonly given?: readonly string[]; readonly baked?: readonly string[] } = {},
): Promise<void> {
  await inFastFolder(async (folder) => {
    const files = {
      own: `${folder}/hub_operators`,
      shared: `${folder}/trusted_keys`,
      revoked: `${folder}/revoked_keys`,
    };
    const trust = new HubTrust({ given: [], baked: [], ...keys }, {
      trustFiles: [files.shared],
      hubOperatorFiles: [files.own],
      revocationFiles: [files.revoked],
    });
    await act({
      ...{ trust, own: files.own, shared: files.shared },
      write: (name, ...lines) =>
        Deno.writeTextFile(files[name], lines.join("\n") + "\n", { mode: 0o600 }),
      rights(key) {
        const operator = trust.get(key.publicKey.keyid);
        return operator && rightsText(operator.rights);
      },
    });
  });
}

Deno.test(
  "without a file of its own a hub trusts the keys that agents trust",
  { permissions },
  async () => {
    await inScene(async ({ trust, own, write, rights }) => {
      await write("shared", ALICE, trustLine(bob, "bob", 'commands="uptime"'));
      assert.equal(rights(alice), undefined, "nothing is loaded");
      await trust.load();
      assert.deepEqual([trust.size, rights(alice), rights(bob)], [
        3,
        "read,run,cancel,hosts",
        "run",
      ]);
      assert.equal(rights(mallory), "read,run,cancel,hosts");
      assert.equal(trust.get(bob.publicKey.keyid)?.file, own);
    }, { baked: [CAROL] });
  },
);

Deno.test(
  "restrictions of any kind leave a key of agents its own jobs",
  { permissions },
  async () => {
    await inScene(async ({ trust, write, rights }) => {
      for (const option of ["no-shell", "need=2", 'users="www"', 'hosts="web*"']) {
        await write("shared", trustLine(alice, "alice", option));
        await trust.load();
        assert.equal(rights(alice), "run", option);
      }
    });
  },
);

Deno.test("the hub's own file decides alone, and agents on the machine are not affected", {
  permissions,
}, async () => {
  await inScene(async ({ trust, shared, write, rights }) => {
    await write("shared", ALICE);
    await write("own", BOB, trustLine(mallory, "carol", "read,hosts"));
    await trust.load();
    assert.deepEqual([rights(alice), rights(bob), rights(mallory)], [
      undefined,
      "run",
      "read,hosts",
    ]);
    const agent = new TrustStore({ baked: [], given: [], files: [shared], revoked: [] });
    await agent.load();
    assert.equal(agent.size, 1);
  }, { baked: [ALICE] });
});

Deno.test(
  "--trust adds keys to the hub's own file, with rights in front of them",
  { permissions },
  async () => {
    await inScene(async ({ trust, write, rights }) => {
      await write("own", ALICE);
      await trust.load();
      assert.deepEqual([rights(alice), rights(bob)], ["run", "run,cancel"]);
    }, { given: [trustLine(bob, "bob", "run,cancel")] });
  },
);

Deno.test("rights in a file that agents read are refused", { permissions }, async () => {
  await inScene(async ({ trust, shared, write, rights }) => {
    await write("shared", trustLine(alice, "alice", "read"));
    await assert.rejects(trust.load(), {
      name: "UserError",
      message: `${shared}: line 1: option "read" is a right at a hub, for the file hub_operators`,
    });
    assert.equal(rights(alice), undefined);
  });
});

Deno.test(
  "a bad file trusts nobody, and a revoked key is not trusted",
  { permissions },
  async () => {
    await inScene(async ({ trust, write, rights }) => {
      await write("shared", CAROL);
      await write("own", ALICE, BOB);
      await write("revoked", alice.publicKey.keyid);
      await trust.load();
      assert.deepEqual([rights(alice), rights(bob)], [undefined, "run"]);
      await write("own", BOB, "write nanoexec-ed25519");
      await assert.rejects(trust.load(), UserError);
      assert.deepEqual([trust.size, rights(bob), rights(mallory)], [0, undefined, undefined]);
    });
  },
);

Deno.test(
  "a file that is gone does not make the hub trust other keys",
  { permissions },
  async () => {
    await inScene(async ({ trust, own, write, rights }) => {
      await write("shared", ALICE);
      await write("own", BOB);
      await trust.load();
      await Deno.remove(own);
      await assert.rejects(trust.load(), { name: "UserError", message: /no such file any more/ });
      assert.deepEqual([rights(alice), rights(bob)], [undefined, undefined]);
      await write("own", BOB);
      await trust.load();
      assert.deepEqual([rights(alice), rights(bob)], [undefined, "run"]);
    });
  },
);
