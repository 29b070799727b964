import assert from "node:assert/strict";
import { UnauthenticatedPeers } from "../../../lib/hub/agents/unauthenticated_peers.ts";

Deno.test("Strangers lets many come at once, as after a restart", () => {
  const strangers = new UnauthenticatedPeers<number>();
  for (let index = 0; index < 8_192; index++) assert.deepEqual(strangers.add(index, 4_999), []);
  assert.deepEqual(strangers.add(8_192, 4_999), [0]);
  assert.equal(strangers.size, 8_192);
});

Deno.test("Strangers lets 64 stay, and the oldest others go", () => {
  const strangers = new UnauthenticatedPeers<number>();
  for (let index = 0; index < 100; index++) strangers.add(index, index);
  assert.deepEqual(strangers.add(100, 5_002), [0, 1, 2]);
  const leaving = strangers.add(101, 60_000);
  assert.deepEqual(leaving, Array.from({ length: 35 }, (_, index) => index + 3));
  assert.equal(strangers.size, 64);
});

Deno.test("Strangers forgets who has said who it is", () => {
  const strangers = new UnauthenticatedPeers<number>();
  for (let index = 0; index < 64; index++) strangers.add(index, 0);
  strangers.remove(0);
  assert.deepEqual(strangers.add(64, 60_000), []);
  assert.deepEqual(strangers.add(65, 60_000), [1]);
});

Deno.test("Strangers says who talks too much before it says who it is", () => {
  const strangers = new UnauthenticatedPeers<string>();
  for (const one of ["chatty", "known", "quiet"]) strangers.add(one, 0);
  strangers.remove("known");
  const [chatty, known] = ["chatty", "known"].map((one) =>
    Array.from({ length: 18 }, () => strangers.countMessage(one)).indexOf(true)
  );
  assert.deepEqual([chatty, known, strangers.countMessage("quiet")], [16, -1, false]);
});
