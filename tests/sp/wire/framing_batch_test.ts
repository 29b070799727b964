import assert from "node:assert/strict";
import fc from "fast-check";
import { concat } from "../../../lib/base/bytes.ts";
import { encodeFrame, FrameBatch } from "../../../lib/sp/wire/framing.ts";

Deno.test("FrameBatch holds what its frames are one by one", () => {
  const framing = fc.constantFrom("tcp" as const, "ipc" as const);
  const messages = fc.array(fc.array(fc.uint8Array({ maxLength: 2_000 })), { maxLength: 8 });
  fc.assert(fc.property(framing, messages, fc.boolean(), (kind, sent, encoded) => {
    const batch = new FrameBatch(kind);
    const frames = sent.map((parts) => encodeFrame(kind, ...parts));
    if (encoded) frames.forEach((frame) => batch.addEncoded(frame));
    else sent.forEach((parts) => batch.add(parts));
    assert.equal(batch.length, concat(frames).length);
    assert.deepEqual(batch.take(), concat(frames));
    assert.equal(batch.length, 0);
  }));
});

Deno.test("FrameBatch gives bytes that later frames leave alone", () => {
  const batch = new FrameBatch("tcp");
  batch.add([Uint8Array.of(1)]);
  const first = batch.take();
  batch.add([Uint8Array.of(2)]);
  assert.deepEqual(first, encodeFrame("tcp", Uint8Array.of(1)));
  assert.deepEqual(batch.take(), encodeFrame("tcp", Uint8Array.of(2)));
});
