import assert from "node:assert/strict";
import { verifyEnvelope } from "../../../lib/envelope/signing/verify_envelope.ts";
import { resultType } from "../../../lib/envelope/statements/result.ts";
import { signEnvelope } from "../../../lib/envelope/signing/sign_envelope.ts";
import { canFollow, type HostState, isFinal } from "../../../lib/protocol/job/host_state.ts";
import { alice, lookupOf, result } from "../../support/envelope_fixtures.ts";

const verified = verifyEnvelope(signEnvelope(resultType, result, [alice]), {
  payloadType: resultType,
  keys: lookupOf(alice),
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
  Deno.test(`isFinal says ${final} of ${kind}`, () => {
    assert.equal(isFinal(state), final);
  });
}

Deno.test("canFollow lets states go forward only, and nothing follow a final one", () => {
  const kinds = ["pending", "delivered", "started", "unconfirmed"] as const;
  const finals = ["ended", "lost", "expired", "skipped"] as const;
  kinds.forEach((before, rank) => {
    kinds.forEach((next, other) => assert.equal(canFollow(before, next), other > rank));
    for (const final of finals) {
      assert.equal(canFollow(before, final), true, `${final} after ${before}`);
      assert.equal(canFollow(final, before), false, `${before} after ${final}`);
    }
  });
  for (const final of finals) {
    for (const next of finals) assert.equal(canFollow(final, next), false);
  }
});
