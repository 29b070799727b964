import assert from "node:assert/strict";
import { open } from "../../lib/envelope/open.ts";
import { resultType } from "../../lib/envelope/result.ts";
import { seal } from "../../lib/envelope/seal.ts";
import { type HostState, isFinal } from "../../lib/hub/host_state.ts";
import { alice, result, trusting } from "../envelope/fixtures.ts";

const verified = open(seal(resultType, result, [alice]), {
  payloadType: resultType,
  keys: trusting(alice),
});

const STATES: Readonly<Record<HostState["kind"], readonly [HostState, boolean]>> = {
  pending: [{ kind: "pending" }, false],
  delivered: [{ kind: "delivered" }, false],
  started: [{ kind: "started" }, false],
  unconfirmed: [{ kind: "unconfirmed" }, false],
  ended: [{ kind: "ended", result: verified, envelope: new Uint8Array() }, true],
  lost: [{ kind: "lost", reason: "gone" }, true],
  expired: [{ kind: "expired" }, true],
  skipped: [{ kind: "skipped" }, true],
};

for (const [kind, [state, final]] of Object.entries(STATES)) {
  Deno.test(`isFinal says ${final} of ${kind}`, { permissions: "none" }, () => {
    assert.equal(isFinal(state), final);
  });
}
