import assert from "node:assert/strict";
import { UserError } from "../../../lib/base/errors.ts";
import { StateFolder } from "../../../lib/agent/records/state_folder.ts";
import { encodeSecretKey, generateSecretKey } from "../../../lib/envelope/keys/secret_key.ts";
import { inFastFolder } from "../../support/fast_folder.ts";

const permissions: Deno.PermissionOptions = { read: true, write: true, sys: ["uid"] };

function modeOf(path: string): number {
  return (Deno.statSync(path).mode ?? 0) & 0o7777;
}

Deno.test("StateFolder is made for its owner alone", { permissions }, async () => {
  await inFastFolder(async (outer) => {
    const path = `${outer}/agents/web1`;
    using folder = new StateFolder(path);
    assert.deepEqual([folder.journal, folder.audit], [
      `${path}/journal.db`,
      `${path}/audit.jsonl`,
    ]);
    await folder.key("web1");
    assert.deepEqual([path, `${path}/lock`, `${path}/agent.key`].map(modeOf), [
      0o700,
      0o600,
      0o600,
    ]);
  });
});

Deno.test("StateFolder keeps the agent's key", { permissions }, async () => {
  await inFastFolder(async (path) => {
    const keyids: string[] = [];
    for (const comment of ["first", "second"]) {
      using folder = new StateFolder(path);
      const key = await folder.key(comment);
      assert.equal(key.comment, "first");
      keyids.push(key.publicKey.keyid);
    }
    assert.equal(keyids[0], keyids[1]);
    const files = await Array.fromAsync(Deno.readDir(path), ({ name }) => name);
    assert.deepEqual(files.sort(), ["agent.key", "lock"]);
  });
});

Deno.test("StateFolder makes a key after a crash in the middle of that", {
  permissions,
}, async () => {
  await inFastFolder(async (path) => {
    await Deno.writeTextFile(`${path}/agent.key.new`, "x".repeat(2_000), { mode: 0o600 });
    using folder = new StateFolder(path);
    const { publicKey } = await folder.key("web1");
    assert.equal((await folder.key("web1")).publicKey.keyid, publicKey.keyid);
  });
});

Deno.test("StateFolder has a new key on disk, name and all, before it is used", {
  permissions,
}, async () => {
  await inFastFolder(async (path) => {
    using folder = new StateFolder(path);
    const events = await recordDiskEvents(() => folder.key("web1"));
    assert.deepEqual(events, ["sync", "rename", "sync"]);
  });
});

/** Returns the order in which `action` syncs to disk and renames. */
async function recordDiskEvents(action: () => Promise<unknown>): Promise<readonly string[]> {
  const events: string[] = [];
  using _patch = patchDiskCalls((event) => events.push(event));
  await action();
  return events;
}

function patchDiskCalls(onEvent: (event: string) => void): Disposable {
  const { renameSync, FsFile: { prototype } } = Deno;
  const { syncSync } = prototype;
  Deno.renameSync = (from, to) => {
    onEvent("rename");
    renameSync(from, to);
  };
  prototype.syncSync = function () {
    onEvent("sync");
    syncSync.call(this);
  };
  return {
    [Symbol.dispose]() {
      Deno.renameSync = renameSync;
      prototype.syncSync = syncSync;
    },
  };
}

Deno.test("StateFolder is for one process", { permissions }, async () => {
  await inFastFolder((path) => {
    {
      using _first = new StateFolder(path);
      assert.throws(() => new StateFolder(path), {
        name: "UserError",
        message: `another agent uses the state folder ${path}`,
        hint: /--hostname or --state/,
      });
    }
    using _second = new StateFolder(path);
  });
});

Deno.test("StateFolder refuses a key that it cannot rely on", { permissions }, async (t) => {
  const good = encodeSecretKey(generateSecretKey("web1"));
  const rows: readonly (readonly [string, string, number, RegExp])[] = [
    ["open to others", good, 0o644, /agent key .* others may read or write it/],
    ["empty", "", 0o600, /agent key .*: not a secret key: first line/],
    ["cut off", good.slice(0, 100), 0o600, /agent key .*: secret key is cut off/],
    ["CR LF", good.replaceAll("\n", "\r\n"), 0o600, /agent key .*: secret key has CR LF/],
    ["two keys", good + good, 0o600, /agent key .*: file holds more than one/],
    ["a wrong tag", good.replace("nanoexec", "minisign"), 0o600, /: not a secret key: first line/],
    [
      "altered",
      good.replace("web1", "web2"),
      0o600,
      /agent key .*: secret key file is damaged/,
    ],
    ["10 MB", "x".repeat(10_000_000), 0o600, /longer than 1024 bytes/],
    [
      "under a passphrase",
      encodeSecretKey(generateSecretKey(""), { passphrase: "x", cost: 2 ** 14 }),
      0o600,
      /agent key .*: secret key is protected with a passphrase/,
    ],
  ];
  for (const [name, text, mode, message] of rows) {
    await t.step(name, async () => {
      await inFastFolder(async (path) => {
        await Deno.writeTextFile(`${path}/agent.key`, text);
        await Deno.chmod(`${path}/agent.key`, mode);
        using folder = new StateFolder(path);
        await assert.rejects(folder.key("web1"), (error) => {
          assert.ok(error instanceof UserError);
          assert.match(error.message, message);
          return true;
        });
        assert.equal(await Deno.readTextFile(`${path}/agent.key`), text, "it is as it was");
      });
    });
  }
});

Deno.test("StateFolder says when it cannot write a key", { permissions }, async () => {
  await inFastFolder(async (path) => {
    await Deno.mkdir(`${path}/agent.key.new`);
    using folder = new StateFolder(path);
    await assert.rejects(folder.key("web1"), /^UserError: cannot write agent key/);
  });
});
