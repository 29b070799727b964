import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteRing } from "../../../lib/agent/exec/output_store.ts";
import { concat } from "../../../lib/base/bytes.ts";

Deno.test({
  name: "ByteRing keeps the last bytes, however they come",
  fn() {
    const pieces = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 20 });
    fc.assert(fc.property(pieces, fc.nat(30), (parts, capacity) => {
      const ring = new ByteRing(capacity);
      for (const part of parts) ring.push(part);
      const all = concat(parts);
      assert.deepEqual(ring.toBytes(), all.slice(Math.max(0, all.length - capacity)));
      assert.equal(ring.length, ring.toBytes().length);
    }));
  },
});

Deno.test({
  name: "ByteRing keeps copies",
  fn() {
    const ring = new ByteRing(3);
    const bytes = Uint8Array.of(1, 2);
    ring.push(bytes);
    bytes.fill(9);
    ring.toBytes().fill(9);
    assert.deepEqual(ring.toBytes(), Uint8Array.of(1, 2));
  },
});
