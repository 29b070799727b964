/**
 * Questions about what a hub knows, and the answers to them, on the wire.
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { concat, encodeUtf8 } from "../../../lib/base/bytes.ts";
import {
  decodeReply,
  encodeReply,
  type PlainReply,
} from "../../../lib/protocol/operator/replies.ts";
import {
  decodeCall,
  encodeCall,
  foldInParts,
  MAX_NODE_SET_CHARS,
  type OperatorCall,
} from "../../../lib/protocol/operator/calls.ts";
import { parseNodeSet } from "../../../lib/nodeset/sets/node_set.ts";
import {
  anyCount,
  anyHex,
  anyNodeName,
  anyTime,
  assertEnvelopeError,
  withPrototypes,
} from "../../support/envelope_fixtures.ts";

const anyInquiry: fc.Arbitrary<OperatorCall> = fc.oneof(
  fc.record({
    kind: fc.constant("jobs" as const),
    limit: fc.integer({ min: 1, max: 100_000 }),
    prefix: anyHex(8),
  }),
  fc.record({
    kind: fc.constant("jobs" as const),
    limit: fc.constant(1),
    node: anyNodeName,
  }),
  fc.record({ kind: fc.constant("past" as const), reference: fc.constant("last:out~a b") }),
  fc.record({ kind: fc.constant("why" as const), node: anyNodeName, id: anyHex(16) }),
  fc.record({ kind: fc.constant("why" as const), node: anyNodeName }),
  fc.record({ kind: fc.constant("ping" as const), nonce: anyHex(32) }),
  fc.record({ kind: fc.constant("follow" as const), id: anyHex(16), wait: fc.boolean() }),
);

const anyStream = fc.record({ total: anyCount, stored: anyCount });

const anyAnswer: fc.Arbitrary<PlainReply> = fc.oneof(
  fc.record({ kind: fc.constant("nodes" as const), names: fc.constant("web[1-20],db1") }),
  fc.record({ kind: fc.constant("nameless" as const), count: anyCount }),
  fc.record({
    kind: fc.constant("trace" as const),
    node: anyNodeName,
    state: fc.constantFrom("pending" as const, "delivered" as const, "lost" as const),
    pendingAt: anyTime,
    deliveredAt: anyTime,
    startedAt: anyTime,
    endedAt: anyTime,
    reason: fc.constant("gone"),
    stdout: anyStream,
    stderr: anyStream,
  }),
);

Deno.test("any inquiry, and any answer to one, is read as it was written", () => {
  fc.assert(fc.property(anyInquiry, (ask) => {
    assert.deepEqual(withPrototypes(decodeCall(encodeCall(ask))), withPrototypes(ask));
  }));
  fc.assert(fc.property(anyAnswer, (answer) => {
    assert.deepEqual(
      withPrototypes(decodeReply(concat(encodeReply(answer)))),
      withPrototypes(answer),
    );
  }));
});

Deno.test("inquiries that nobody makes are refused", () => {
  const rows: readonly object[] = [
    { kind: "jobs", limit: 0 },
    { kind: "jobs", limit: 100_001 },
    { kind: "jobs", limit: 1, prefix: "A" },
    { kind: "jobs", limit: 1, prefix: "a".repeat(33) },
    { kind: "jobs", limit: 1, node: "a/../b" },
    { kind: "past", reference: "a".repeat(4_097) },
    { kind: "past", reference: "a\0" },
    { kind: "past" },
    { kind: "why", node: "ALL" },
    { kind: "why", node: "web1", id: "1a2b" },
    { kind: "ping", nonce: "00" },
    { kind: "follow", id: "0".repeat(32) },
    { kind: "follow", id: "0".repeat(32), wait: 1 },
  ];
  for (const row of rows) {
    assertEnvelopeError("body", () => decodeCall(encodeUtf8(JSON.stringify(row))));
  }
});

Deno.test("answers that no hub gives are refused", () => {
  const stream = { total: 0, stored: 0 };
  const trace = { kind: "trace", node: "web1", state: "pending", pendingAt: 1 };
  const rows: readonly object[] = [
    { kind: "nodes", names: "a".repeat(MAX_NODE_SET_CHARS + 1) },
    { ...trace, stdout: stream },
    { ...trace, state: "running", stdout: stream, stderr: stream },
    { ...trace, node: "a\u001b[2J", stdout: stream, stderr: stream },
    { ...trace, pendingAt: -1, stdout: stream, stderr: stream },
    { ...trace, stdout: { total: -1, stored: 0 }, stderr: stream },
    { ...trace, stdout: stream, stderr: stream, more: 1 },
  ];
  for (const row of rows) {
    assertEnvelopeError("body", () => decodeReply(encodeUtf8(JSON.stringify(row))));
  }
});

Deno.test("long lists of names travel in parts, and nobody is lost", () => {
  // Every name has letters of its own, so that they do not fold.
  const names = Array.from(
    { length: 12_000 },
    (_, index) => `${"x".repeat(30)}${index.toString(2).replaceAll("0", "a").replaceAll("1", "b")}`,
  );
  const parts = foldInParts(names);
  assert.ok(parts.length > 1);
  assert.ok(parts.every((part) => part.length <= MAX_NODE_SET_CHARS));
  const all = parts.flatMap((part) => [...parseNodeSet(part)]);
  assert.deepEqual(all.sort(), names.sort());
  assert.deepEqual(foldInParts([]), []);
});
