import assert from "node:assert/strict";
import * as sp from "../../lib/sp/mod.ts";

Deno.test("mod.ts gives these names to the other folders", () => {
  assert.deepEqual(Object.keys(sp).toSorted(), [
    "AddressError",
    "BroadcastMessage",
    "FrameError",
    "HandshakeError",
    "MAX_PAYLOAD",
    "PeerBudget",
    "Pub",
    "RawRespondent",
    "RawSurveyor",
    "Respondent",
    "SpError",
    "Sub",
    "Surveyor",
    "TransportError",
    "dial",
    "dialOnce",
    "inproc",
    "ipc",
    "listen",
    "protocolName",
    "randomSurveyId",
    "resolveTransport",
    "tcp",
  ]);
});
