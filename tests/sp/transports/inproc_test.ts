import assert from "node:assert/strict";
import { inproc } from "../../../lib/sp/transports/inproc.ts";
import { rawDial, rawListen } from "../../support/sp/raw_peer.ts";
import { transportConformance } from "../../support/sp/transport_conformance.ts";
import { INPROC } from "../../support/sp/transports_under_test.ts";

transportConformance(INPROC);

Deno.test("inproc keeps the names of two transports apart", async () => {
  await using listener = await rawListen("inproc://a", inproc());
  await assert.rejects(rawDial(listener.url, inproc()), { code: "ECONNREFUSED" });
});
