/**
 * Writes that are committed together.
 * @module
 */
import assert from "node:assert/strict";
import { UserError } from "../../../lib/base/errors.ts";
import { Database } from "../../../lib/hub/store/database.ts";
import { GroupCommit } from "../../../lib/hub/store/group_commit.ts";
import { inFastFolder } from "../../support/fast_folder.ts";

const permissions: Deno.PermissionOptions = { read: true, write: true };

interface Scene {
  readonly writes: GroupCommit;
  /** Adds a body with this hash. */
  add(hash: string): void;
  /** The hashes that the writer reads. */
  seen(): string[];
  /** Returns the hashes that another reader of the same file sees. */
  committed(): string[];
  /** The executed statements, without the changes. */
  readonly executed: string[];
  readonly losses: UserError[];
}

/** A database that records its statements, and fails on demand. */
class WatchedDatabase extends Database {
  readonly executed: string[] = [];
  failing: RegExp | undefined;

  override execute(sql: string): void {
    // Also called by the constructor, before there are fields.
    this.executed?.push(sql);
    if (this.failing?.test(sql)) throw new Error("disk I/O error");
    super.execute(sql);
  }
}

async function scene(act: (scene: Scene & { database: WatchedDatabase }) => Promise<void> | void) {
  await inFastFolder(async (folder) => {
    using database = new WatchedDatabase(`${folder}/hub.db`);
    using other = new Database(`${folder}/hub.db`);
    const losses: UserError[] = [];
    using writes = new GroupCommit(database, { onLoss: (error) => losses.push(error) });
    const hashes = ({ all }: Pick<Database, "all">, self: Database) =>
      all.call(self, "SELECT hash FROM body ORDER BY id").map(({ hash }) => String(hash));
    await act({
      database,
      writes,
      losses,
      executed: database.executed,
      add: (hash) => void database.run("INSERT INTO body (hash, uses) VALUES (?, 1)", hash),
      seen: () => hashes(database, database),
      committed: () => hashes(other, other),
    });
  });
}

Deno.test("GroupCommit makes one transaction of what comes at once, and reads see it before", {
  permissions,
}, async () => {
  await scene(async ({ writes, add, seen, committed, executed }) => {
    const promises = ["a", "b", "c"].map((hash) => writes.write(() => add(hash)));
    assert.deepEqual(seen(), ["a", "b", "c"]);
    assert.deepEqual(committed(), []);
    await Promise.all(promises);
    assert.deepEqual(committed(), ["a", "b", "c"]);
    assert.deepEqual(executed, ["PRAGMA synchronous = NORMAL", "BEGIN IMMEDIATE", "COMMIT"]);
  });
});

Deno.test("GroupCommit waits for the disk where a write is durable, and only there", {
  permissions,
}, async () => {
  await scene(async ({ writes, add, committed, executed }) => {
    const first = writes.write(() => add("a"));
    const durable = writes.write(() => add("b"), { durable: true });
    assert.deepEqual(committed(), ["a"]);
    await first;
    void writes.write(() => add("c"));
    await durable;
    assert.deepEqual(committed(), ["a", "b", "c"]);
    await writes.write(() => add("d"));
    assert.deepEqual(executed, [
      ...["PRAGMA synchronous = NORMAL", "BEGIN IMMEDIATE", "COMMIT"],
      ...["PRAGMA synchronous = FULL", "BEGIN IMMEDIATE", "COMMIT"],
      ...["PRAGMA synchronous = NORMAL", "BEGIN IMMEDIATE", "COMMIT"],
    ]);
  });
});

Deno.test("GroupCommit.flush() and writeNow() commit at once", { permissions }, async () => {
  await scene(async ({ writes, add, committed }) => {
    writes.flush();
    const waiting = writes.write(() => add("a"));
    writes.flush();
    assert.deepEqual(committed(), ["a"]);
    await waiting;
    void writes.write(() => add("b"));
    writes.writeNow(() => add("c"));
    assert.deepEqual(committed(), ["a", "b", "c"]);
  });
});

Deno.test("GroupCommit takes back a change that fails half-way, and keeps the others", {
  permissions,
}, async () => {
  await scene(async ({ writes, add, committed, losses }) => {
    void writes.write(() => add("a"));
    const bad = writes.write(() => {
      add("b");
      add("a");
    });
    const good = writes.write(() => add("c"));
    await assert.rejects(bad, /^UserError: cannot write the hub store .*: UNIQUE/);
    await good;
    assert.deepEqual(committed(), ["a", "c"]);
    assert.equal(losses.length, 1);
  });
});

Deno.test("GroupCommit rejects all writes of a group that cannot be committed, and goes on", {
  permissions,
}, async () => {
  await scene(async ({ database, writes, add, seen, committed, losses }) => {
    database.failing = /^COMMIT/;
    const lost = ["a", "b"].map((hash) => writes.write(() => add(hash)));
    for (const each of lost) {
      await assert.rejects(each, /cannot write the hub store .*: disk I\/O error/);
    }
    assert.equal(losses.length, 1);
    assert.deepEqual(seen(), []);
    assert.throws(() => writes.writeNow(() => add("c")), UserError);
    database.failing = undefined;
    await writes.write(() => add("d"));
    assert.deepEqual(committed(), ["d"]);
  });
});

Deno.test("GroupCommit rejects what it cannot begin", { permissions }, async () => {
  await scene(async ({ database, writes, add, losses, committed }) => {
    database.failing = /^BEGIN/;
    await assert.rejects(writes.write(() => add("a"), { durable: true }), UserError);
    assert.throws(() => writes.writeNow(() => add("b")), UserError);
    assert.equal(losses.length, 2);
    database.failing = undefined;
    await writes.write(() => add("c"));
    assert.deepEqual(committed(), ["c"]);
  });
});

Deno.test("GroupCommit rejects a group that the database has rolled back by itself", {
  permissions,
}, async () => {
  await scene(async ({ database, writes, add, committed, losses }) => {
    const first = writes.write(() => add("a"), { durable: true });
    const second = writes.write(() => {
      add("b");
      database.execute("ROLLBACK");
      throw new Error("database or disk is full");
    });
    for (const each of [first, second]) {
      await assert.rejects(each, { message: /is full/, hint: "free space on its disk" });
    }
    assert.equal(losses.length, 1);
    await writes.write(() => add("c"));
    assert.deepEqual(committed(), ["c"]);
  });
});

Deno.test("GroupCommit commits what waits when it is disposed of", { permissions }, async () => {
  await scene(async ({ database, committed, add }) => {
    const writes = new GroupCommit(database);
    const waiting = writes.write(() => add("a"));
    writes[Symbol.dispose]();
    assert.deepEqual(committed(), ["a"]);
    await waiting;
    writes[Symbol.dispose]();
  });
});
