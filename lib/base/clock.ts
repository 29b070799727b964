/**
 * The clock as a value that is passed in, so that tests can move time. Also the machine's own
 * clock, whose sleeps end early when a signal is aborted.
 * @module
 */

/** The longest time in milliseconds for `setTimeout`: beyond it a timer fires at once. */
export const MAX_TIMER_MS = 2_147_483_647;

/** A source of time. */
export interface Clock {
  /** Wall-clock time in milliseconds since 1970. May jump. */
  now(): number;
  /** Milliseconds since an arbitrary start. Never goes back: for durations. */
  monotonic(): number;
  /** Resolves after `ms` milliseconds; rejects with `signal.reason` when aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's own clock. Sleeps are clamped to {@linkcode MAX_TIMER_MS}. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep,
};

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  if (signal?.aborted) return Promise.reject(signal.reason);
  const abort = () => {
    clearTimeout(timer);
    reject(signal?.reason);
  };
  const timer = setTimeout(() => {
    signal?.removeEventListener("abort", abort);
    resolve();
  }, Math.max(0, Math.min(ms, MAX_TIMER_MS)));
  signal?.addEventListener("abort", abort, { once: true });
  return promise;
}
