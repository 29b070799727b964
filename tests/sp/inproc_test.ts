import assert from "node:assert/strict";
import { inproc } from "../../lib/sp/inproc.ts";
import { rawDial, rawListen } from "../support/raw_peer.ts";
import { transportConformance } from "../support/transport_conformance.ts";

transportConformance({
  name: "inproc",
  permissions: "none",
  open: () =>
    Promise.resolve({ transport: inproc(), url: "inproc://a", async [Symbol.asyncDispose]() {} }),
  deserted: "inproc://nowhere",
  malformed: [""],
});

Deno.test("inproc keeps the names of two transports apart", { permissions: "none" }, async () => {
  await using listener = await rawListen("inproc://a", inproc());
  await assert.rejects(rawDial(listener.url, inproc()), { code: "ECONNREFUSED" });
});
