import assert from "node:assert/strict";
import { ReadShare, ReadTurns } from "../../../lib/sp/endpoints/read_turns.ts";
import { settle, VirtualClock } from "../../support/virtual_clock.ts";

const permissions = "none";

/** Resolves after the turns that wait. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}

Deno.test("ReadShare ends a turn after some messages, and gets another one", {
  permissions,
}, async () => {
  const turns = new ReadTurns({ turnMessages: 3, clock: new VirtualClock() });
  let resumed = 0;
  using share = new ReadShare(turns, () => resumed++);
  share.begin();
  assert.deepEqual([1, 1, 1].map((bytes) => share.take(bytes)), [true, true, false]);
  assert.equal(resumed, 0);
  await nextTurn();
  assert.equal(resumed, 1);
});

Deno.test("ReadShare ends a turn after some bytes", { permissions }, async () => {
  const turns = new ReadTurns({ turnBytes: 100, clock: new VirtualClock() });
  using share = new ReadShare(turns, () => {});
  share.begin();
  assert.deepEqual([99, 1].map((bytes) => share.take(bytes)), [true, false]);
  await nextTurn();
});

Deno.test("ReadShare makes a connection wait whose bucket is empty", { permissions }, async () => {
  const clock = new VirtualClock();
  const turns = new ReadTurns({ burst: 5, turnMessages: 10, messagesPerSecond: 10, clock });
  let resumed = 0;
  using share = new ReadShare(turns, () => resumed++);
  share.begin();
  assert.deepEqual([1, 1, 1, 1, 1].map((bytes) => share.take(bytes)), [
    ...[true, true, true, true],
    false,
  ]);
  await clock.advance(999);
  await nextTurn();
  assert.equal(resumed, 0);
  await clock.advance(1);
  await nextTurn();
  assert.equal(resumed, 1);
  share.begin();
  assert.deepEqual([share.take(1), share.take(1)], [true, true]);
});

Deno.test("ReadShare waits no longer once it is disposed of", { permissions }, async () => {
  const clock = new VirtualClock();
  const turns = new ReadTurns({ turnMessages: 1, burst: 2, clock });
  let resumed = 0;
  {
    using share = new ReadShare(turns, () => resumed++);
    share.begin();
    share.take(1);
    share.take(1);
  }
  await settle();
  assert.equal(clock.sleeping, 0);
  await nextTurn();
  assert.equal(resumed, 0);
});

Deno.test("ReadTurns lets the event loop run between long turns", { permissions }, async () => {
  const clock = new VirtualClock();
  const turns = new ReadTurns({ clock });
  const order: number[] = [];
  for (const id of [1, 2, 3]) {
    turns.wait(() => {
      order.push(id);
      void clock.advance(10);
    });
  }
  await nextTurn();
  const early = order.length;
  while (order.length < 3) await nextTurn();
  assert.ok(early < 3, `${early}`);
  assert.deepEqual(order, [1, 2, 3]);
});
