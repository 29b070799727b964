/**
 * Setting a damaged database aside.
 * @module
 */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import {
  integrityError,
  isDatabaseDamage,
  makeDatabasePrivate,
  setAsideDatabase,
} from "../../lib/base/database_file.ts";
import { inFastFolder } from "../support/fast_folder.ts";

Deno.test("isDatabaseDamage() tells damage from a file that cannot be reached", () => {
  for (const text of ["file is not a database", "database disk image is malformed"]) {
    assert.ok(isDatabaseDamage(new Error(text)));
  }
  for (const other of ["unable to open database file: /x", "database or disk is full"]) {
    assert.ok(!isDatabaseDamage(new Error(other)));
  }
  assert.ok(!isDatabaseDamage("malformed"));
});

Deno.test("integrityError() says on one line what SQLite found", () => {
  assert.equal(integrityError("ok"), undefined);
  const found = integrityError(
    "*** in database main ***\nTree 9 page 51: btreeInitPage() returns 11",
  );
  assert.equal(found?.message, "malformed: Tree 9 page 51: btreeInitPage() returns 11");
  assert.ok(isDatabaseDamage(found));
  assert.equal(integrityError(undefined)?.message, "malformed: undefined");
});

Deno.test("setAsideDatabase() takes what belongs to it along, under a name that is free", {
  permissions: { read: true, write: true },
}, async () => {
  await inFastFolder((folder) => {
    for (const end of ["", "-wal", "-stamp", "-other", ".damaged-1"]) {
      Deno.writeTextFileSync(`${folder}/x.db${end}`, end);
    }
    assert.equal(setAsideDatabase(`${folder}/x.db`, ["-stamp"]), `${folder}/x.db.damaged-2`);
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assert.deepEqual(names, [
      "x.db-other",
      "x.db.damaged-1",
      "x.db.damaged-2",
      "x.db.damaged-2-stamp",
      "x.db.damaged-2-wal",
    ]);
  });
});

Deno.test("makeDatabasePrivate() makes a new database that only its owner can read", {
  permissions: { read: true, write: true },
}, async () => {
  await inFastFolder((folder) => {
    Deno.chmodSync(folder, 0o755); // as systemd's StateDirectory= makes it
    const path = `${folder}/x.db`;
    assert.equal(makeDatabasePrivate(path), false);
    using database = new DatabaseSync(path);
    database.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (c); INSERT INTO t VALUES (1)");
    for (const end of ["", "-wal", "-shm"]) assert.equal(modeOf(path + end), 0o600, end);
    assert.equal(makeDatabasePrivate(path), false);
  });
});

Deno.test("makeDatabasePrivate() takes the files of a database from other users, and no others", {
  permissions: { read: true, write: true },
}, async () => {
  await inFastFolder((folder) => {
    const ours = ["x.db", "x.db-wal", "x.db-stamp", "x.db.damaged-1"];
    for (const name of [...ours, "x.dbase", "audit.jsonl"]) {
      Deno.writeTextFileSync(`${folder}/${name}`, "stored");
      Deno.chmodSync(`${folder}/${name}`, 0o644);
    }
    Deno.mkdirSync(`${folder}/x.db-folder`, { mode: 0o755 });
    assert.equal(makeDatabasePrivate(`${folder}/x.db`), true);
    for (const name of ours) assert.equal(modeOf(`${folder}/${name}`), 0o600, name);
    assert.equal(modeOf(`${folder}/x.dbase`), 0o644);
    assert.equal(modeOf(`${folder}/audit.jsonl`), 0o644);
    assert.equal(modeOf(`${folder}/x.db-folder`), 0o755);
    assert.equal(makeDatabasePrivate(`${folder}/x.db`), false);
    assert.equal(makeDatabasePrivate(`${folder}/absent/x.db`), false);
  });
});

function modeOf(path: string): number {
  return (Deno.statSync(path).mode ?? 0) & 0o777;
}
