/**
 * Setting a damaged database aside.
 * @module
 */
import assert from "node:assert/strict";
import {
  integrityError,
  isDatabaseDamage,
  setAsideDatabase,
} from "../../lib/base/damaged_database.ts";
import { inFastFolder } from "../support/fast_folder.ts";

Deno.test("isDamage() tells damage from a file that cannot be reached", () => {
  for (const text of ["file is not a database", "database disk image is malformed"]) {
    assert.ok(isDatabaseDamage(new Error(text)));
  }
  for (const other of ["unable to open database file: /x", "database or disk is full"]) {
    assert.ok(!isDatabaseDamage(new Error(other)));
  }
  assert.ok(!isDatabaseDamage("malformed"));
});

Deno.test("damageIn() says on one line what SQLite found", () => {
  assert.equal(integrityError("ok"), undefined);
  const found = integrityError(
    "*** in database main ***\nTree 9 page 51: btreeInitPage() returns 11",
  );
  assert.equal(found?.message, "malformed: Tree 9 page 51: btreeInitPage() returns 11");
  assert.ok(isDatabaseDamage(found));
  assert.equal(integrityError(undefined)?.message, "malformed: undefined");
});

Deno.test("setDatabaseAside() takes what belongs to it along, under a name that is free", {
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
