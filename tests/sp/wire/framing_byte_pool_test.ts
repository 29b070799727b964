import assert from "node:assert/strict";
import fc from "fast-check";
import { BytePool } from "../../../lib/sp/wire/framing.ts";

Deno.test("BytePool.copy gives copies that nothing changes later", () => {
  const lengths = fc.array(fc.nat(6_000), { maxLength: 20 });
  fc.assert(fc.property(lengths, fc.nat(20), (wanted, letGoAt) => {
    const pool = new BytePool();
    const originals = wanted.map((length, index) => new Uint8Array(length).fill(index + 1));
    const copies = originals.map((original, index) => {
      if (index === letGoAt) pool.releaseBlock();
      return pool.copy(original);
    });
    assert.deepEqual(copies, originals);
    originals.forEach((original) => original.fill(0));
    assert.ok(copies.every((copy, index) => copy.every((byte) => byte === index + 1)));
  }));
});

Deno.test("BytePool.copy puts short arrays together and long ones apart", () => {
  const pool = new BytePool();
  const [first, second, long] = [64, 64, 5_000].map((length) => pool.copy(new Uint8Array(length)));
  assert.equal(first?.buffer, second?.buffer);
  assert.equal(first?.buffer.byteLength, 8_192);
  assert.equal(long?.buffer.byteLength, 5_000);
  pool.releaseBlock();
  assert.notEqual(pool.copy(new Uint8Array(64)).buffer, first?.buffer);
});
