import assert from "node:assert/strict";
import { UserError } from "../../../lib/base/errors.ts";
import { openJournal } from "../../../lib/agent/records/journal.ts";
import { inFastFolder } from "../../support/fast_folder.ts";
import { SettableClock } from "../../support/settable_clock.ts";

const permissions: Deno.PermissionOptions = { read: true, write: true };

Deno.test("openJournal opens a new one and says nothing", { permissions }, async () => {
  await inFastFolder((folder) => {
    const { journal, problems: [problem] } = openJournal({ path: `${folder}/journal.db` });
    using _ = journal;
    assert.equal(problem, undefined);
  });
});

Deno.test("openJournal says when somebody else has changed the file", { permissions }, async () => {
  await inFastFolder((folder) => {
    const path = `${folder}/journal.db`;
    openJournal({ path }).journal[Symbol.dispose]();
    Deno.removeSync(`${path}-stamp`);
    const { journal, problems: [problem] } = openJournal({ path });
    using _ = journal;
    assert.equal(
      problem,
      "another program has changed the journal: requests from before this start are refused",
    );
  });
});

Deno.test("openJournal sets a damaged file aside and begins anew", { permissions }, async () => {
  await inFastFolder((folder) => {
    const path = `${folder}/journal.db`;
    const clock = new SettableClock();
    for (const number of [1, 2]) {
      Deno.writeTextFileSync(path, "not a database, but long enough to be read as one".repeat(99));
      const { journal, problems: [problem] } = openJournal({ path, clock });
      using _ = journal;
      assert.match(problem ?? "", /^the journal is damaged \(file is not a database\) and was set/);
      assert.match(problem ?? "", new RegExp(`journal.db.damaged-${number}: requests from before`));
      assert.match(Deno.readTextFileSync(`${path}.damaged-${number}`), /^not a database/);
      assert.equal(journal.floor, clock.now() + 1);
    }
  });
});

Deno.test("openJournal refuses what it cannot open, with a hint", { permissions }, async () => {
  await inFastFolder((folder) => {
    assert.throws(() => openJournal({ path: `${folder}/absent/journal.db` }), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, /^cannot use the journal .*journal.db: unable to open/);
      assert.match(error.hint ?? "", /^check the disk, or use another folder/);
      return true;
    });
  });
});

Deno.test("openJournal keeps the journal from other users, and says so when they could read it", {
  permissions,
}, async () => {
  await inFastFolder((folder) => {
    Deno.chmodSync(folder, 0o755);
    const path = `${folder}/journal.db`;
    openJournal({ path }).journal[Symbol.dispose]();
    assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
    Deno.chmodSync(path, 0o644);
    const { journal, problems } = openJournal({ path });
    using _ = journal;
    assert.equal(
      problems.at(-1),
      `other users could read the journal ${path}: its mode is 0600 now`,
    );
    for (const end of ["", "-wal", "-shm"]) {
      assert.equal((Deno.statSync(path + end).mode ?? 0) & 0o777, 0o600, end);
    }
    journal[Symbol.dispose]();
    const again = openJournal({ path });
    using _again = again.journal;
    assert.deepEqual(again.problems, []);
  });
});
