import assert from "node:assert/strict";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import { DistinctOutputs } from "../../../lib/trigger/results/result_groups.ts";

Deno.test("DistinctOutputs keeps equal outputs once", () => {
  const outputs = new DistinctOutputs();
  const first = outputs.keep(encodeUtf8("same"));
  const second = outputs.keep(encodeUtf8("same"));
  const other = outputs.keep(encodeUtf8("other"));
  assert.equal(first.bytes, second.bytes);
  assert.equal(first.id, second.id);
  assert.notEqual(other.id, first.id);
});

Deno.test("DistinctOutputs copies what it keeps", () => {
  const outputs = new DistinctOutputs();
  const buffer = encodeUtf8("first");
  const { bytes } = outputs.keep(buffer);
  buffer.fill(0);
  assert.deepEqual(bytes, encodeUtf8("first"));
});
