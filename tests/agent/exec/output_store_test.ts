import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { type OutputPiece, OutputStore } from "../../../lib/agent/exec/output_store.ts";
import { concat } from "../../../lib/base/bytes.ts";

const CHUNKS = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 });

function takeAll(store: OutputStore): OutputPiece[] {
  const pieces: OutputPiece[] = [];
  for (let piece = store.take(); piece; piece = store.take()) pieces.push(piece);
  return pieces;
}

function joined(pieces: readonly OutputPiece[]): Uint8Array {
  return concat(pieces.map(({ bytes }) => bytes));
}

Deno.test({
  name: "OutputStore with a limit keeps the beginning and the end, and counts and hashes all",
  fn() {
    fc.assert(fc.property(CHUNKS, fc.nat(100), fc.boolean(), (chunks, limit, takeEarly) => {
      const store = new OutputStore(limit);
      const pieces: OutputPiece[] = [];
      for (const chunk of chunks) {
        store.add(chunk);
        assert.equal(store.full, false);
        if (takeEarly) pieces.push(...takeAll(store));
      }
      store.finish();
      pieces.push(...takeAll(store));

      const all = concat(chunks);
      const kept = Math.min(all.length, limit);
      const head = Math.min(Math.ceil(limit * 0.75), kept);
      const expected = concat([all.slice(0, head), all.slice(all.length - (kept - head))]);
      assert.deepEqual(joined(pieces), expected);
      for (const { offset, bytes } of pieces) {
        assert.deepEqual(bytes, all.slice(offset, offset + bytes.length));
      }
      const sha256 = createHash("sha256").update(expected).digest("hex");
      assert.deepEqual(store.report(true), { bytes: all.length, kept, sha256, complete: true });
    }));
  },
});

Deno.test({
  name: "OutputStore without a limit hands on everything in order",
  fn() {
    fc.assert(fc.property(CHUNKS, fc.array(fc.boolean()), (chunks, taking) => {
      const store = new OutputStore(null);
      const pieces: OutputPiece[] = [];
      chunks.forEach((chunk, index) => {
        store.add(chunk);
        const piece = taking[index] ? store.take() : undefined;
        if (piece !== undefined) pieces.push(piece);
      });
      store.finish();
      pieces.push(...takeAll(store));
      const all = concat(chunks);
      assert.deepEqual(joined(pieces), all);
      let offset = 0;
      for (const piece of pieces) {
        assert.equal(piece.offset, offset);
        offset += piece.bytes.length;
      }
      assert.equal(store.report(false).kept, all.length);
    }));
  },
});

Deno.test({
  name: "OutputStore without a limit is full at 64 KiB and no longer when something was taken",
  fn() {
    const store = new OutputStore(null);
    store.add(new Uint8Array(64 * 1024 - 1));
    assert.equal(store.full, false);
    store.add(new Uint8Array(1));
    assert.equal(store.full, true);
    store.take();
    assert.equal(store.full, false);
  },
});

Deno.test({
  name: "OutputStore makes few pieces of many small writes, none above 64 KiB",
  fn() {
    const store = new OutputStore(1024 * 1024);
    for (let i = 0; i < 150_000; i++) store.add(Uint8Array.of(i));
    store.finish();
    const sizes = takeAll(store).map(({ bytes }) => bytes.length);
    assert.deepEqual(sizes, [65_536, 65_536, 150_000 - 2 * 65_536]);
  },
});

Deno.test({
  name: "OutputStore never writes again to a piece that it handed out",
  fn() {
    const store = new OutputStore(null);
    const source = Uint8Array.of(1, 2, 3);
    store.add(source);
    const piece = store.take();
    source.fill(9);
    store.add(source);
    store.take();
    assert.deepEqual(piece, { offset: 0, bytes: Uint8Array.of(1, 2, 3) });
  },
});
