import assert from "node:assert/strict";
import { type SlotClaim, Slots } from "../../../lib/agent/jobs/slots.ts";

/** Claims a slot that must be free. */
async function granted(slots: Slots): Promise<Extract<SlotClaim, { kind: "granted" }>> {
  const claim = await slots.claim();
  assert.ok(claim.kind === "granted");
  return claim;
}

/** Returns whether `promise` is settled after everything that can happen now. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  promise.then(() => done = true, () => done = true);
  for (let i = 0; i < 10; i++) await Promise.resolve();
  return done;
}

Deno.test({
  name: "Slots grants as many as there are and lets the others wait in order",
  async fn() {
    const slots = new Slots(2, 10);
    const [first, second] = [await granted(slots), await granted(slots)];
    const order: string[] = [];
    const third = slots.claim().finally(() => order.push("third"));
    const fourth = slots.claim().finally(() => order.push("fourth"));
    assert.equal(await settled(third), false);
    assert.equal(slots.waiting, 2);
    second[Symbol.dispose]();
    first[Symbol.dispose]();
    await Promise.all([third, fourth]);
    assert.deepEqual(order, ["third", "fourth"]);
    assert.deepEqual([slots.free, slots.waiting], [0, 0]);
  },
});

Deno.test({
  name: "Slots says busy at once when the queue is full",
  async fn() {
    const slots = new Slots(1, 1);
    await granted(slots);
    const waiting = slots.claim();
    assert.deepEqual(await slots.claim(), { kind: "busy", waiting: 1 });
    assert.equal(await settled(waiting), false);
  },
});

Deno.test({
  name: "Slots gives a slot back once, however often its claim is disposed of",
  async fn() {
    const slots = new Slots(1);
    const claim = await granted(slots);
    claim[Symbol.dispose]();
    claim[Symbol.dispose]();
    assert.equal(slots.free, 1);
  },
});

Deno.test({
  name: "Slots forgets a claim that was aborted while it waited",
  async fn() {
    const slots = new Slots(1);
    const holder = await granted(slots);
    const abort = new AbortController();
    const aborted = slots.claim(abort.signal);
    const next = slots.claim();
    abort.abort(new Error("enough"));
    await assert.rejects(aborted, /enough/);
    holder[Symbol.dispose]();
    assert.equal((await next).kind, "granted");
    assert.equal(slots.waiting, 0);
  },
});

Deno.test({
  name: "Slots rejects a claim that is aborted already, and ignores an abort after the grant",
  async fn() {
    const slots = new Slots(1);
    await assert.rejects(slots.claim(AbortSignal.abort(new Error("enough"))), /enough/);
    const abort = new AbortController();
    assert.equal((await slots.claim(abort.signal)).kind, "granted");
    abort.abort();
    assert.equal(slots.free, 0);
  },
});

Deno.test({
  name: "Slots with 4 slots and 100 that wait never runs more than 4 at once",
  async fn() {
    const slots = new Slots();
    let running = 0, most = 0, busy = 0;
    await Promise.all(Array.from({ length: 110 }, async () => {
      const claim = await slots.claim();
      if (claim.kind === "busy") return void busy++;
      using _slot = claim;
      most = Math.max(most, ++running);
      await Promise.resolve();
      running--;
    }));
    assert.deepEqual({ most, busy, free: slots.free }, { most: 4, busy: 6, free: 4 });
  },
});

Deno.test("Slots counts what runs already, though there be no slot for it", async () => {
  const slots = new Slots(1, 10);
  const [first, second] = [slots.occupy(), slots.occupy()];
  assert.equal(slots.free, 0);
  const third = slots.claim();
  first[Symbol.dispose]();
  assert.equal(await settled(third), false);
  second[Symbol.dispose]();
  assert.equal((await third).kind, "granted");
});
