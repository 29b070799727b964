import assert from "node:assert/strict";
import { verifyEnvelope } from "../../../lib/envelope/signing/verify_envelope.ts";
import { resultType } from "../../../lib/envelope/statements/result.ts";
import { signEnvelope } from "../../../lib/envelope/signing/sign_envelope.ts";
import { type HostState, isFinal } from "../../../lib/protocol/job/host_state.ts";
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
