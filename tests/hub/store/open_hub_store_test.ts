/**
 * Opens the hub's store: again, damaged, or of another program.
 * @module
 */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { UserError } from "../../../lib/base/errors.ts";
import { openHubStore } from "../../../lib/hub/store/hub_store.ts";
import { inFastFolder } from "../../support/fast_folder.ts";
import { ended, job, textOf } from "./store_fixture.ts";

const permissions: Deno.PermissionOptions = { read: true, write: true };

Deno.test("openHubStore() finds what an earlier hub has written", { permissions }, async () => {
  await inFastFolder((folder) => {
    const path = `${folder}/hub.db`;
    {
      const { store, problem } = openHubStore({ path });
      using _ = store;
      assert.equal(problem, undefined);
      store.hosts.recordAttached({ name: "web1", key: "A", version: "1", facts: { a: "b" } }, 1);
      void store.jobs.add(job("a"), ["web1"]);
      void store.jobs.end("a", "web1", ended("out"));
    }
    const { store, problem } = openHubStore({ path });
    using _ = store;
    assert.equal(problem, undefined);
    assert.equal(store.hosts.get("web1")?.attachedSince, 1);
    assert.deepEqual(store.jobs.get("a"), job("a"));
    assert.equal(textOf(store.jobs.output("a", "web1", "stdout")), "out");
  });
});

Deno.test("openHubStore() sets a file aside that is no database, and begins anew", {
  permissions,
}, async () => {
  await inFastFolder((folder) => {
    const path = `${folder}/hub.db`;
    for (const number of [1, 2]) {
      Deno.writeTextFileSync(path, "not a database, but long enough to be read as one".repeat(99));
      const { store, problem } = openHubStore({ path });
      using _ = store;
      assert.equal(
        problem,
        `the hub store is damaged (file is not a database) and was set aside as ` +
          `${path}.damaged-${number}: the new store has no earlier hosts, jobs and results`,
      );
      assert.match(Deno.readTextFileSync(`${path}.damaged-${number}`), /^not a database/);
      assert.deepEqual(store.jobs.recent(9), []);
    }
  });
});

Deno.test("openHubStore() notices pages that were overwritten", { permissions }, async () => {
  await inFastFolder((folder) => {
    const path = `${folder}/hub.db`;
    {
      using store = openHubStore({ path }).store;
      const nodes = Array.from({ length: 2_000 }, (_, index) => `web${index}`);
      void store.jobs.add(job("a"), nodes);
    }
    const bytes = Deno.readFileSync(path);
    bytes.fill(0x5a, bytes.length / 2);
    Deno.writeFileSync(path, bytes);
    const { store, problem } = openHubStore({ path });
    using _ = store;
    assert.match(problem ?? "", /^the hub store is damaged \(malformed: .+\) and was set aside/);
    assert.deepEqual(Deno.readFileSync(`${path}.damaged-1`).slice(-100), bytes.slice(-100));
    assert.deepEqual(store.jobs.recent(9), []);
  });
});

Deno.test("openHubStore() notices a file that was cut off", { permissions }, async () => {
  await inFastFolder((folder) => {
    const path = `${folder}/hub.db`;
    openHubStore({ path }).store[Symbol.dispose]();
    Deno.truncateSync(path, 10_000);
    const { store, problem } = openHubStore({ path });
    using _ = store;
    assert.match(problem ?? "", /is damaged/);
  });
});

Deno.test("openHubStore() takes an empty file", { permissions }, async () => {
  await inFastFolder((folder) => {
    Deno.writeTextFileSync(`${folder}/hub.db`, "");
    const { store, problem } = openHubStore({ path: `${folder}/hub.db` });
    using _ = store;
    assert.equal(problem, undefined);
  });
});

Deno.test("openHubStore() leaves alone what a newer version or another program wrote", {
  permissions,
}, async () => {
  const others: [title: string, sql: string, said: RegExp, hint: RegExp][] = [
    ["newer", "PRAGMA user_version = 2", /newer version .*\(format 2, supported up to 1\)/, /^use/],
    ["other", "PRAGMA application_id = 7", /is the database of another program/, /--state/],
  ];
  for (const [title, sql, said, hint] of others) {
    await inFastFolder((folder) => {
      const path = `${folder}/hub.db`;
      openHubStore({ path }).store[Symbol.dispose]();
      change(path, sql);
      const before = Deno.readFileSync(path);
      assert.throws(() => openHubStore({ path }), refusal(said, hint), title);
      assert.deepEqual(Deno.readFileSync(path), before, title);
      assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["hub.db"], title);
    });
  }
});

Deno.test("openHubStore() refuses a path that it cannot use, with a hint", {
  permissions,
}, async () => {
  await inFastFolder((folder) => {
    Deno.writeTextFileSync(`${folder}/file`, "");
    for (const path of [folder, `${folder}/absent/hub.db`, `${folder}/file/hub.db`]) {
      const said = /^cannot use the hub store .*: unable to open database file/;
      assert.throws(() => openHubStore({ path }), refusal(said, /another folder with --state/));
    }
  });
});

Deno.test({
  name: "openHubStore() refuses a folder that it may not write to",
  ignore: Deno.uid() === 0,
  permissions,
}, async () => {
  await inFastFolder((folder) => {
    Deno.chmodSync(folder, 0o500);
    assert.throws(
      () => openHubStore({ path: `${folder}/hub.db` }),
      refusal(/cannot use the hub store/, /./),
    );
    Deno.chmodSync(folder, 0o700);
  });
});

function change(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}

function refusal(said: RegExp, hint: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof UserError);
    assert.match(error.message, said);
    assert.match(error.hint ?? "", hint);
    return true;
  };
}

Deno.test(
  "openHubStore() keeps the store from other users, and says once that they could read it",
  {
    permissions,
  },
  async () => {
    await inFastFolder((folder) => {
      Deno.chmodSync(folder, 0o755);
      const path = `${folder}/hub.db`;
      openHubStore({ path }).store[Symbol.dispose]();
      assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
      Deno.chmodSync(path, 0o644);
      const opened = openHubStore({ path });
      opened.store[Symbol.dispose]();
      assert.equal(
        opened.problem,
        `the hub store ${path} was readable by other users: mode changed to 0600`,
      );
      const again = openHubStore({ path });
      using _ = again.store;
      assert.equal(again.problem, undefined);
      for (const end of ["", "-wal", "-shm"]) {
        assert.equal((Deno.statSync(path + end).mode ?? 0) & 0o777, 0o600, end);
      }
    });
  },
);
