import assert from "node:assert/strict";
import type { DatedHostState } from "../../../lib/protocol/job/host_state.ts";
import { decodeReply, encodeReply } from "../../../lib/protocol/operator/replies.ts";
import { fromReply, toReply } from "../../../lib/protocol/operator/state_reply.ts";
import { concat } from "../../../lib/base/bytes.ts";

const KEY = new Uint8Array(32).toBase64();

const STATES: readonly (readonly [DatedHostState, hasKey: boolean])[] = [
  [{ kind: "pending", at: 1 }, false],
  [{ kind: "delivered", at: 2 }, true],
  [{ kind: "started", at: 3 }, true],
  [{ kind: "unconfirmed", at: 4 }, false],
  [{ kind: "ended", envelope: Uint8Array.of(1, 2, 3), at: 5 }, true],
  [{ kind: "lost", reason: "gone", at: 6 }, false],
  [{ kind: "expired", at: 7 }, false],
  [{ kind: "expired", reason: "cancelled", at: 8 }, false],
  [{ kind: "skipped", at: 9 }, false],
];

for (const [state, hasKey] of STATES) {
  Deno.test(`a reply carries the state ${JSON.stringify(state)}`, () => {
    const reply = decodeReply(concat(encodeReply(toReply("web1", state, () => KEY))));
    assert.ok(reply.kind === "state");
    assert.deepEqual({ ...fromReply(reply), at: reply.at }, state);
    assert.deepEqual([reply.node, reply.key], ["web1", hasKey ? KEY : undefined]);
  });
}
