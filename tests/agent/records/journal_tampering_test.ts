/** A lost, truncated or restored journal does not know which requests ran. */

import assert from "node:assert/strict";
import { Journal, openJournal } from "../../../lib/agent/records/journal.ts";
import { inFastFolder } from "../../support/fast_folder.ts";
import { SettableClock } from "../../support/settable_clock.ts";

const permissions: Deno.PermissionOptions = { read: true, write: true };

/** A journal in its own folder, with a copy from before its last request. */
interface Scene {
  readonly path: string;
  readonly clock: SettableClock;
}

/** A change of the files of a journal. */
type Change = (scene: Scene) => Promise<void> | void;

const STAMP = "-stamp";

const UNTOUCHED: Record<string, Change> = {
  "nothing": () => {},
  "a restart, an hour later": ({ clock }) => clock.advance(3_600_000),
  "a clock that was set back": ({ clock }) => clock.set(clock.now() - 3_600_000),
  "a copy of it being made": ({ path }) => Deno.copyFile(path, `${path}.mine`),
  "another file in its folder": ({ path }) => Deno.writeTextFile(`${path}.mine`, ""),
};

const TOUCHED: Record<string, Change> = {
  "its removal": ({ path }) => Deno.remove(path),
  "the removal of all its files": async ({ path }) => {
    for (const end of ["", STAMP]) await Deno.remove(path + end);
  },
  "an earlier copy put back": ({ path }) => putBack(path, ""),
  "an earlier copy put back with its times": async ({ path }) => {
    await putBack(path, "");
    await keepTimes(path, "");
  },
  "an earlier copy put back with its stamp": async ({ path }) => {
    await putBack(path, "");
    await putBack(path, STAMP);
  },
  "an earlier copy in a new file, with times and stamp": async ({ path }) => {
    await Deno.remove(path);
    await putBack(path, "");
    await keepTimes(path, "");
    await putBack(path, STAMP);
  },
  "being emptied": ({ path }) => Deno.truncate(path),
  "a byte more": ({ path }) => Deno.writeFile(path, new Uint8Array(1), { append: true }),
  "the removal of its stamp": ({ path }) => Deno.remove(path + STAMP),
  "another stamp": ({ path }) => Deno.writeTextFile(path + STAMP, "1 2 3 4 5\n"),
};

/** After a crash there is a write-ahead log beside it. */
const TOUCHED_AFTER_CRASH: Record<string, Change> = {
  "the removal of its log": ({ path }) => Deno.remove(`${path}-wal`),
  "its log being emptied": ({ path }) => Deno.truncate(`${path}-wal`),
  "its log being cut, later": async ({ path }) => {
    const { size } = await Deno.stat(`${path}-wal`);
    await Deno.truncate(`${path}-wal`, size - 4_096);
    await later(`${path}-wal`);
  },
  "an earlier log put back, later": async ({ path }) => {
    await putBack(path, "-wal");
    await later(`${path}-wal`);
  },
};

for (const [what, change] of Object.entries(UNTOUCHED)) {
  Deno.test(`Journal goes on after ${what}`, { permissions }, async () => {
    for (const crash of [false, true]) await check(change, { crash, known: true });
  });
}

for (const [what, change] of Object.entries(TOUCHED)) {
  Deno.test(`Journal begins anew after ${what}`, { permissions }, async () => {
    await check(change, { crash: false, known: false });
  });
}

for (const [what, change] of Object.entries(TOUCHED_AFTER_CRASH)) {
  Deno.test(`Journal begins anew after a crash and ${what}`, { permissions }, async () => {
    await check(change, { crash: true, known: false });
  });
}

Deno.test("Journal that begins under a slow clock knows when that was, once it is set right", {
  permissions,
}, async () => {
  await inScene((scene) => {
    const { path, clock } = scene;
    live(scene)[Symbol.dispose]();
    Deno.removeSync(path);
    const right = clock.now();
    clock.set(right - 3_600_000);
    {
      using journal = new Journal({ path, clock });
      assert.equal(journal.floor, right - 3_600_000 + 1);
      clock.advance(60_000);
      assert.equal(journal.floor, right - 3_600_000 + 1);
      clock.set(right + 60_000);
      assert.equal(journal.floor, right + 1);
      clock.set(right - 7_200_000);
      assert.equal(journal.floor, right - 3_600_000 + 1);
      clock.set(right + 60_000);
    }
    using journal = new Journal({ path, clock });
    assert.deepEqual([journal.changedByOthers, journal.floor], [false, right + 1]);
  });
});

Deno.test("Journal that was touched obeys what was issued since then", {
  permissions,
}, async () => {
  await inScene(async (scene) => {
    live(scene)[Symbol.dispose]();
    await Deno.remove(scene.path + STAMP);
    const [touched, { clock }] = [scene.clock.now(), scene];
    await new Promise((resolve) => setTimeout(resolve, 2_500)); // the kernel's time, not ours
    clock.advance(2_500);
    using journal = new Journal(scene);
    const idleMs = clock.now() + 1 - journal.floor;
    assert.equal(idleMs > 0 && idleMs <= 1_700, true, `${idleMs} ms of 2500, less up to 2000`);
    assert.equal(journal.floor > touched, true);
    clock.set(clock.now() + 3_600_000);
    assert.equal(journal.floor, clock.now() + 1 - idleMs, "it was an hour slow");
  });
});

Deno.test("openJournal finds every cut and every flipped bit", { permissions }, async () => {
  await inScene(async (scene) => {
    live(scene)[Symbol.dispose]();
    const whole = await Deno.readFile(scene.path);
    const stamp = await Deno.readFile(scene.path + STAMP);
    for (let at = 0; at < whole.length; at += 997) {
      const flipped = whole.with(at, (whole[at] ?? 0) ^ (1 << (at % 8)));
      for (const bytes of [whole.subarray(0, at), flipped]) {
        await clear(scene.path);
        await Deno.writeFile(scene.path, bytes);
        await Deno.writeFile(scene.path + STAMP, stamp);
        using journal = openJournal(scene).journal;
        assert.equal(journal.floor > scene.clock.now(), true, `byte ${at}`);
      }
    }
  });
});

/** Uses a journal, changes its files, and opens it again. */
async function check(
  change: Change,
  { crash, known }: { readonly crash: boolean; readonly known: boolean },
): Promise<void> {
  await inScene(async (scene) => {
    const { path, clock } = scene;
    using crashed = new DisposableStack();
    const floor = crash ? crashed.use(live(scene)).floor : closed(live(scene));
    clock.advance(1_000);
    await change(scene);
    const { journal, problems: [problem] } = openJournal({ path, clock });
    crashed.use(journal);
    if (!known) return assert.equal(journal.floor, clock.now() + 1);
    assert.deepEqual([journal.floor, problem], [floor, undefined]);
    assert.notEqual(journal.digestOf("last"), undefined);
  });
}

/** Opens a journal with two requests, and a copy from the time between them. */
function live({ path, clock }: Scene): Journal {
  using early = new DisposableStack();
  const first = early.use(new Journal({ path, clock }));
  const floor = first.floor;
  clock.advance(1_000);
  accept(first, "first", clock);
  early.dispose();
  const journal = new Journal({ path, clock });
  assert.equal(journal.floor, floor);
  for (const end of ["", "-wal", STAMP]) {
    const { mtime, atime } = Deno.statSync(path + end);
    Deno.copyFileSync(path + end, `${path}${end}.copy`);
    if (mtime && atime) Deno.utimeSync(`${path}${end}.copy`, atime, mtime);
  }
  clock.advance(1_000);
  accept(journal, "last", clock);
  return journal;
}

function closed(journal: Journal): number {
  using _ = journal;
  return journal.floor;
}

function accept(journal: Journal, id: string, clock: SettableClock): void {
  const issued = clock.now();
  const accepted = journal.accept({ id, digest: id, issued, expires: issued + 300_000 });
  assert.equal(accepted.kind, "new");
}

async function putBack(path: string, end: string): Promise<void> {
  await Deno.copyFile(`${path}${end}.copy`, path + end);
}

async function keepTimes(path: string, end: string): Promise<void> {
  const { mtime, atime } = await Deno.stat(`${path}${end}.copy`);
  if (mtime && atime) await Deno.utime(path + end, atime, mtime);
}

/** Changes the times of the files to some seconds after the crash. */
async function later(path: string): Promise<void> {
  const moment = new Date(Date.now() + 6_000);
  await Deno.utime(path, moment, moment);
}

async function clear(path: string): Promise<void> {
  for (const end of ["", "-wal", "-shm", STAMP]) {
    await Deno.remove(path + end).catch(() => {});
  }
}

async function inScene(act: (scene: Scene) => Promise<void> | void): Promise<void> {
  await inFastFolder(async (folder) => {
    await act({ path: `${folder}/journal.db`, clock: new SettableClock(Date.now()) });
  });
}
