import assert from "node:assert/strict";
import * as sp from "../../lib/sp/mod.ts";

Deno.test("mod.ts gives these names to the other folders", { permissions: "none" }, () => {
  assert.deepEqual(Object.keys(sp).toSorted(), [
    "AddressError",
    "FrameError",
    "HandshakeError",
    "MAX_PAYLOAD",
    "Pub",
    "RawRespondent",
    "RawSurveyor",
    "Respondent",
    "SharedMessage",
    "SpError",
    "Sub",
    "Surveyor",
    "TransportError",
    "dial",
    "dialOnce",
    "inproc",
    "ipc",
    "listen",
    "locate",
    "protocolName",
    "randomId",
    "tcp",
  ]);
});
