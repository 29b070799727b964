import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteCollector, concat } from "../../lib/base/bytes.ts";

Deno.test("ByteCollector joins all pieces up to its limit", () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 50 });
  fc.assert(fc.property(pieces, fc.nat(500), (pieces, limit) => {
    const collector = new ByteCollector(limit);
    pieces.forEach((piece) => collector.add(piece));
    assert.deepEqual(collector.bytes(), concat(pieces).slice(0, limit));
  }));
});

Deno.test("ByteCollector goes on from bytes that it is given, and no view of it changes", () => {
  const anyBytes = fc.uint8Array({ maxLength: 20 });
  fc.assert(fc.property(anyBytes, fc.array(anyBytes), (first, more) => {
    const collector = new ByteCollector(100, new Uint8Array(first));
    const [parts, views] = [[first], [collector.bytes()]];
    for (const bytes of more) {
      if (!collector.fits(bytes)) continue;
      collector.add(bytes);
      parts.push(bytes);
      views.push(collector.bytes());
    }
    const whole = concat(parts);
    assert.deepEqual([collector.bytes(), collector.length], [whole, whole.length]);
    for (const view of views) assert.deepEqual(view, whole.subarray(0, view.length));
  }));
});

Deno.test(
  "ByteCollector copies few times, and leaves alone what is behind the bytes it was given",
  () => {
    const message = new Uint8Array(10);
    const collector = new ByteCollector(65_536, message.subarray(0, 1));
    const buffers = new Set<ArrayBufferLike>();
    while (collector.fits(Uint8Array.of(1))) {
      collector.add(Uint8Array.of(1));
      buffers.add(collector.bytes().buffer);
    }
    assert.deepEqual(message, new Uint8Array(10));
    assert.equal(collector.length, 65_536);
    assert.ok(buffers.size <= 16, `${buffers.size}`);
  },
);
