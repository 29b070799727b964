import assert from "node:assert/strict";
import { UnauthenticatedPeers } from "../../../lib/hub/agents/unauthenticated_peers.ts";
import { settle, VirtualClock } from "../../support/virtual_clock.ts";

const permissions = "none";

/** Limits on peers with numbers, and who had to leave. */
function scene() {
  const clock = new VirtualClock();
  const left: number[] = [];
  const peers = new UnauthenticatedPeers<{ id: number; isMidMessage: boolean }>(
    ({ id }) => left.push(id),
    clock,
  );
  const add = (id: number, isMidMessage = false) => {
    const peer = { id, isMidMessage };
    peers.add(peer);
    return peer;
  };
  return { clock, left, peers, add };
}

Deno.test("UnauthenticatedPeers lets many connect at once, as after a restart", {
  permissions,
}, () => {
  const { left, peers, add } = scene();
  for (let id = 0; id < 8_192; id++) add(id);
  assert.deepEqual(left, []);
  add(8_192);
  assert.deepEqual(left, [0]);
  assert.equal(peers.size, 8_192);
});

Deno.test("UnauthenticatedPeers lets 64 stay; the oldest others leave by a timer", {
  permissions,
}, async () => {
  const { clock, left, peers, add } = scene();
  for (let id = 0; id < 100; id++) add(id);
  await clock.advance(4_999);
  assert.deepEqual(left, []);
  await clock.advance(1);
  assert.deepEqual(left, Array.from({ length: 36 }, (_, id) => id));
  add(100);
  assert.deepEqual(left.slice(36), [36]);
  assert.equal(peers.size, 64);
});

Deno.test("UnauthenticatedPeers lets nobody stay in the middle of a message", {
  permissions,
}, async () => {
  const { clock, left, add } = scene();
  add(0, true);
  const slow = add(1, true);
  await clock.advance(3_000);
  slow.isMidMessage = false;
  add(2, true);
  await clock.advance(2_000);
  assert.deepEqual(left, [0]);
  await clock.advance(3_000);
  assert.deepEqual(left, [0, 2]);
});

Deno.test("UnauthenticatedPeers forgets a peer that has authenticated, and stops its timer", {
  permissions,
}, async () => {
  const { clock, left, peers, add } = scene();
  const all = Array.from({ length: 65 }, (_, id) => add(id));
  for (const peer of all.slice(0, 1)) peers.remove(peer);
  await clock.advance(5_000);
  assert.deepEqual(left, []);
  const late = add(65);
  assert.deepEqual(left, [1]);
  await settle();
  assert.equal(clock.sleeping, 1);
  for (const peer of [...all, late]) peers.remove(peer);
  await clock.sleepers(0);
});

Deno.test("UnauthenticatedPeers finds a peer that sends too many messages", { permissions }, () => {
  const { peers, add } = scene();
  const [chatty, known, quiet] = [add(0), add(1), add(2)];
  peers.remove(known);
  const firstOver = [chatty, known].map((peer) =>
    Array.from({ length: 18 }, () => peers.countMessage(peer)).indexOf(true)
  );
  assert.deepEqual([...firstOver, peers.countMessage(quiet)], [16, -1, false]);
});
