import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteCollector } from "../../lib/base/byte_collector.ts";
import { concat } from "../../lib/base/bytes.ts";

Deno.test("ByteCollector joins all pieces up to its limit", { permissions: "none" }, () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 50 });
  fc.assert(fc.property(pieces, fc.nat(500), (pieces, limit) => {
    const collector = new ByteCollector(limit);
    pieces.forEach((piece) => collector.add(piece));
    assert.deepEqual(collector.bytes(), concat(pieces).slice(0, limit));
  }));
});
