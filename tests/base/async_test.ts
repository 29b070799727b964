import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Deadline,
  deadline,
  delay,
  Notifier,
  onAbort,
  raceAbort,
  withTimeout,
} from "../../lib/base/async.ts";
import { VirtualClock } from "../support/virtual_clock.ts";

const REASON = new Error("enough");

Deno.test("Notifier.notify wakes all that wait, in the order of their waits, and only once", async () => {
  const notifier = new Notifier();
  const woken: string[] = [];
  notifier.wait().then(() => woken.push("first"));
  notifier.wait(new AbortController().signal).then(() => woken.push("with a signal"));
  notifier.wait().then(() => woken.push("last"));
  notifier.notify();
  notifier.wait().then(() => woken.push("too late"));
  await settle();
  assert.deepEqual(woken.toSorted(), ["first", "last", "with a signal"]);
  assert.ok(woken.indexOf("first") < woken.indexOf("last"));
});

Deno.test("Notifier keeps no notification that nobody waits for", async () => {
  const notifier = new Notifier();
  notifier.notify();
  assert.equal(await isSettled(notifier.wait()), false);
});

Deno.test("Notifier.wait rejects when aborted, and the others still wait", async () => {
  const notifier = new Notifier();
  const stop = new CountingSignal();
  const others = notifier.wait();
  const aborted = notifier.wait(stop.signal);
  stop.abort(REASON);
  await assert.rejects(aborted, REASON);
  assert.equal(await isSettled(others), false);
  notifier.notify();
  await others;
  assert.equal(stop.listeners, 0);
});

Deno.test("Notifier.wait wakes each waiter exactly once, whatever is notified and aborted", () =>
  fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom("wait", "notify", "abort")), async (steps) => {
      const notifier = new Notifier();
      const stop = new CountingSignal();
      const ends: string[] = [];
      const expected: string[] = [];
      let waiting = 0;
      for (const step of steps) {
        if (step === "wait") {
          notifier.wait(stop.signal).then(() => ends.push("notified"), () => ends.push("aborted"));
          if (stop.signal.aborted) expected.push("aborted");
          else waiting++;
        } else {
          expected.push(...Array(waiting).fill(step === "notify" ? "notified" : "aborted"));
          waiting = 0;
          if (step === "notify") notifier.notify();
          else stop.abort(REASON);
        }
        await settle();
      }
      assert.deepEqual(ends.toSorted(), expected.toSorted());
      assert.equal(stop.listeners, stop.signal.aborted ? 0 : waiting);
    }),
  ));

Deno.test("onAbort calls the listener once, with the reason", () => {
  const stop = new CountingSignal();
  const reasons: unknown[] = [];
  using _listener = onAbort(stop.signal, (reason) => reasons.push(reason));
  assert.deepEqual(reasons, []);
  stop.abort(REASON);
  stop.abort(new Error("again"));
  assert.deepEqual(reasons, [REASON]);
});

Deno.test("onAbort calls the listener before it returns when the signal is aborted already", () => {
  const reasons: unknown[] = [];
  using _listener = onAbort(AbortSignal.abort(REASON), (reason) => reasons.push(reason));
  assert.deepEqual(reasons, [REASON]);
});

Deno.test("onAbort calls nothing once disposed of, and leaves no listener", () => {
  const stop = new CountingSignal();
  const listener = onAbort(stop.signal, () => assert.fail("called"));
  assert.equal(stop.listeners, 1);
  listener[Symbol.dispose]();
  listener[Symbol.dispose]();
  assert.equal(stop.listeners, 0);
  stop.abort(REASON);
});

Deno.test("onAbort without a signal does nothing", () => {
  onAbort(undefined, () => assert.fail("called"))[Symbol.dispose]();
});

/** What is settled, in this order, before the race is looked at; and who wins. */
const RACES: readonly (readonly [order: readonly Step[], winner: string])[] = [
  [["race", "resolve", "abort"], "value"],
  [["race", "reject", "abort"], "failure"],
  [["race", "abort", "resolve"], "enough"],
  [["race", "abort", "reject"], "enough"],
  [["resolve", "race", "abort"], "value"],
  [["abort", "race", "resolve"], "enough"],
  [["abort", "race", "reject"], "enough"],
  [["abort", "resolve", "race"], "value"],
  [["resolve", "abort", "race"], "value"],
  [["abort", "reject", "race"], "failure"],
];

type Step = "race" | "resolve" | "reject" | "abort";

for (const [order, winner] of RACES) {
  Deno.test(`raceAbort after ${order.join(", ")} ends with: ${winner}`, async () => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    promise.catch(() => {});
    const stop = new CountingSignal();
    let race: Promise<string> | undefined;
    for (const step of order) {
      if (step === "race") race = raceAbort(promise, stop.signal);
      else if (step === "resolve") resolve("value");
      else if (step === "reject") reject(new Error("failure"));
      else stop.abort(REASON);
    }
    assert.equal(await race?.catch(({ message }) => message), winner);
    assert.equal(stop.listeners, 0);
  });
}

Deno.test("raceAbort without a signal is the promise", async () => {
  assert.equal(await raceAbort(Promise.resolve("value")), "value");
  await assert.rejects(raceAbort(Promise.reject(REASON), undefined), REASON);
});

Deno.test("withTimeout ends with what comes first and leaves no timer", async () => {
  assert.equal(await withTimeout(60_000, Promise.resolve("value")), "value");
  assert.equal(await withTimeout(0, Promise.resolve("value")), "value");
  assert.equal(await withTimeout(1, new Promise(() => {})), undefined);
  await assert.rejects(withTimeout(60_000, Promise.reject(REASON)), REASON);
});

Deno.test("delay(0) lets other tasks go on first", async () => {
  const order: string[] = [];
  const other = settle().then(() => order.push("other"));
  await delay(0);
  order.push("delayed");
  await other;
  assert.deepEqual(order, ["other", "delayed"]);
});

Deno.test("a deadline aborts its signal after its time, not before", async () => {
  const clock = new VirtualClock();
  using limit = deadline(1_000, { clock });
  await clock.advance(999);
  assert.equal(limit.signal.aborted, false);
  assert.equal(limit.isExpired, false);
  await clock.advance(1);
  assert.equal(limit.signal.reason.name, "TimeoutError");
  assert.equal(limit.isExpired, true);
});

Deno.test("a deadline on the machine's own clock passes", async () => {
  using limit = deadline(1);
  await assert.rejects(raceAbort(new Promise(() => {}), limit.signal), { name: "TimeoutError" });
});

Deno.test("a deadline passes on the abort of its parent at once, with its reason", async () => {
  const clock = new VirtualClock();
  const stop = new CountingSignal();
  using limit = deadline(1_000, { clock, signal: stop.signal });
  stop.abort(REASON);
  assert.equal(limit.signal.reason, REASON);
  await clock.advance(2_000);
  assert.deepEqual([limit.signal.reason, limit.isExpired], [REASON, false]);
  assertNothingLeft(clock, stop);
});

Deno.test("a deadline whose parent is aborted already is aborted from the start", async () => {
  const clock = new VirtualClock();
  using limit = deadline(1_000, { clock, signal: AbortSignal.abort(REASON) });
  assert.equal(limit.signal.reason, REASON);
  await settle();
  assert.equal(clock.sleeping, 0);
});

Deno.test("a deadline that was disposed of is aborted by nothing", async () => {
  const clock = new VirtualClock();
  const stop = new CountingSignal();
  const limit = deadline(1_000, { clock, signal: stop.signal });
  limit[Symbol.dispose]();
  await clock.advance(1_000);
  stop.abort(REASON);
  assert.deepEqual([limit.signal.aborted, limit.isExpired], [false, false]);
  assertNothingLeft(clock, stop);
});

Deno.test("a deadline that is disposed of while its timer fires stays unaborted", async () => {
  const sleep = Promise.withResolvers<void>();
  const clock = {
    ...new VirtualClock(),
    now: () => 0,
    monotonic: () => 0,
    sleep: () => sleep.promise,
  };
  const limit = deadline(1_000, { clock });
  sleep.resolve();
  limit[Symbol.dispose]();
  await settle();
  assert.equal(limit.signal.aborted, false);
});

Deno.test("a deadline is ended once, by what comes first, and leaves nothing", () => {
  const step = fc.constantFrom("advance", "abort", "dispose");
  return fc.assert(fc.asyncProperty(fc.array(step, { minLength: 1 }), async (steps) => {
    const clock = new VirtualClock();
    const stop = new CountingSignal();
    const limit = deadline(10, { clock, signal: stop.signal });
    for (const each of steps) await takeStep(each, { clock, stop, limit });
    const [first] = steps;
    assert.equal(limit.signal.aborted, first !== "dispose");
    assert.equal(limit.isExpired, first === "advance");
    assertNothingLeft(clock, stop);
  }));
});

async function takeStep(
  step: string,
  { clock, stop, limit }: { clock: VirtualClock; stop: CountingSignal; limit: Deadline },
): Promise<void> {
  if (step === "advance") await clock.advance(10);
  else if (step === "abort") stop.abort(REASON);
  else limit[Symbol.dispose]();
  await settle();
}

function assertNothingLeft(clock: VirtualClock, stop: CountingSignal): void {
  assert.deepEqual({ sleeping: clock.sleeping, listeners: stop.listeners }, {
    sleeping: 0,
    listeners: 0,
  });
}

/** An `AbortController` that counts the listeners of its signal. */
class CountingSignal extends AbortController {
  readonly #listeners = new Set<unknown>();

  constructor() {
    super();
    const { signal } = this;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    Object.assign(signal, {
      addEventListener: (
        type: "abort",
        listener: () => void,
        options?: AddEventListenerOptions,
      ) => {
        this.#listeners.add(listener);
        add(type, listener, options);
      },
      removeEventListener: (type: "abort", listener: () => void) => {
        this.#listeners.delete(listener);
        remove(type, listener);
      },
    });
  }

  /** How many listeners can still be called. */
  get listeners(): number {
    return this.signal.aborted ? 0 : this.#listeners.size;
  }
}

async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  promise.finally(() => settled = true).catch(() => {});
  await settle();
  return settled;
}

/** Lets all tasks go on that do not wait for a timer. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}
