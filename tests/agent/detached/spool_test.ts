import assert from "node:assert/strict";
import fc from "fast-check";
import { concat } from "../../../lib/base/bytes.ts";
import {
  headBytesOf,
  type OutputPiece,
  OutputStore,
} from "../../../lib/agent/exec/output_store.ts";
import { Spool } from "../../../lib/agent/detached/spool.ts";

const permissions: Deno.PermissionOptionsObject = { read: true, write: true };

async function withFolder(act: (folder: string) => void): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "nanoexec_spool_" });
  try {
    act(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Writes bytes to files as a supervisor does, with files of at least `least` bytes. */
function write(
  folder: string,
  bytes: Uint8Array,
  { head, least }: { head: number; least: number },
) {
  let [at, parts]: [number, string[]] = [0, []];
  while (at === 0 || at < bytes.length) {
    const size = at === 0 ? Math.max(head, 1) : least;
    const name = `${folder}/stdout.${at}`;
    Deno.writeFileSync(name, bytes.subarray(at, at + size));
    parts = [...parts, name];
    // Keep the first, and the last two of the others.
    if (parts.length > 3) Deno.removeSync(parts.splice(1, 1)[0] ?? "");
    at += size;
  }
}

function all(take: () => OutputPiece | undefined): OutputPiece[] {
  const pieces: OutputPiece[] = [];
  for (let piece = take(); piece; piece = take()) pieces.push(piece);
  return pieces;
}

function bytesOf(pieces: readonly OutputPiece[]): Uint8Array {
  return concat(pieces.map(({ bytes }) => bytes));
}

Deno.test(
  "Spool hands on what OutputStore would have handed on",
  { permissions },
  () =>
    withFolder((folder) => {
      const sizes = fc.record({
        length: fc.nat({ max: 400 }),
        maxBytes: fc.nat({ max: 200 }),
        extra: fc.nat({ max: 30 }),
      });
      fc.assert(fc.property(sizes, ({ length, maxBytes, extra }) => {
        for (const { name } of [...Deno.readDirSync(folder)]) Deno.removeSync(`${folder}/${name}`);
        const bytes = Uint8Array.from({ length }, (_, index) => index);
        const head = headBytesOf(maxBytes);
        write(folder, bytes, { head: head + extra, least: Math.max(1, maxBytes - head) + extra });
        const store = new OutputStore(maxBytes);
        store.add(bytes);
        store.finish();
        using spool = new Spool(folder, "stdout", maxBytes);
        const [mine, other] = [all(() => spool.take(true)), all(() => store.take())];
        assert.deepEqual(bytesOf(mine), bytesOf(other));
        assert.deepEqual(spool.report(), store.report(true));
      }));
    }),
);

Deno.test("Spool hands on the beginning as it is written, and the end when it is over", {
  permissions,
}, () =>
  withFolder((folder) => {
    using spool = new Spool(folder, "stdout", 8);
    assert.equal(spool.take(false), undefined);
    const path = `${folder}/stdout.0`;
    for (const [text, told] of [["ab", "ab"], ["cd", "cd"], ["efgh", "ef"], ["ij", ""]] as const) {
      Deno.writeTextFileSync(path, text, { append: true });
      assert.equal(new TextDecoder().decode(spool.take(false)?.bytes), told);
    }
    const last = spool.take(true);
    assert.deepEqual([last?.offset, new TextDecoder().decode(last?.bytes)], [8, "ij"]);
    assert.equal(spool.take(true), undefined);
    const { bytes, kept } = spool.report();
    assert.deepEqual([bytes, kept], [10, 8]);
  }));

Deno.test(
  "Spool hands on no more than is asked for, from wherever it is",
  { permissions },
  () =>
    withFolder((folder) => {
      Deno.writeTextFileSync(`${folder}/stdout.0`, "abcdef");
      using spool = new Spool(folder, "stdout", 100);
      assert.deepEqual(all(() => spool.take(true, 4)).map(({ bytes }) => bytes.length), [4, 2]);
    }),
);

Deno.test(
  "Spool counts what a full disk had no room for, and shows no end",
  { permissions },
  () =>
    withFolder((folder) => {
      Deno.writeTextFileSync(`${folder}/stdout.0`, "abcd");
      using spool = new Spool(folder, "stdout", 100);
      assert.equal(spool.take(false)?.bytes.length, 4);
      Deno.renameSync(`${folder}/stdout.0`, `${folder}/stdout.0+96`);
      assert.equal(spool.take(true), undefined);
      const { bytes, kept } = spool.report();
      assert.deepEqual([bytes, kept], [100, 4]);
    }),
);

Deno.test(
  "Spool knows of a stream of which there is no file",
  { permissions },
  () =>
    withFolder((folder) => {
      using spool = new Spool(folder, "stderr", 100);
      assert.equal(spool.take(true), undefined);
      assert.equal(spool.report().bytes, 0);
    }),
);

Deno.test("Spool passes over a file that the supervisor removes while it is listed", {
  permissions,
}, () =>
  withFolder((folder) => {
    Deno.writeTextFileSync(`${folder}/stdout.0`, "head");
    // Has a name and cannot be looked at, as a file that was removed in between.
    Deno.symlinkSync(`${folder}/removed`, `${folder}/stdout.4`);
    using spool = new Spool(folder, "stdout", 100);
    assert.deepEqual(bytesOf(all(() => spool.take(false))), new TextEncoder().encode("head"));
    assert.equal(spool.take(true), undefined);
  }));
