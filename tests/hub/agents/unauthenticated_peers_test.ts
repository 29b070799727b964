import assert from "node:assert/strict";
import { UnauthenticatedPeers } from "../../../lib/hub/agents/unauthenticated_peers.ts";

Deno.test("Strangers lets many come at once, as after a restart", () => {
  const peers = new UnauthenticatedPeers<number>();
  for (let index = 0; index < 8_192; index++) assert.deepEqual(peers.add(index, 4_999), []);
  assert.deepEqual(peers.add(8_192, 4_999), [0]);
  assert.equal(peers.size, 8_192);
});

Deno.test("Strangers lets 64 stay, and the oldest others go", () => {
  const peers = new UnauthenticatedPeers<number>();
  for (let index = 0; index < 100; index++) peers.add(index, index);
  assert.deepEqual(peers.add(100, 5_002), [0, 1, 2]);
  const leaving = peers.add(101, 60_000);
  assert.deepEqual(leaving, Array.from({ length: 35 }, (_, index) => index + 3));
  assert.equal(peers.size, 64);
});

Deno.test("Strangers forgets who has said who it is", () => {
  const peers = new UnauthenticatedPeers<number>();
  for (let index = 0; index < 64; index++) peers.add(index, 0);
  peers.remove(0);
  assert.deepEqual(peers.add(64, 60_000), []);
  assert.deepEqual(peers.add(65, 60_000), [1]);
});

Deno.test("Strangers says who talks too much before it says who it is", () => {
  const peers = new UnauthenticatedPeers<string>();
  for (const one of ["chatty", "known", "quiet"]) peers.add(one, 0);
  peers.remove("known");
  const [chatty, known] = ["chatty", "known"].map((one) =>
    Array.from({ length: 18 }, () => peers.countMessage(one)).indexOf(true)
  );
  assert.deepEqual([chatty, known, peers.countMessage("quiet")], [16, -1, false]);
});
