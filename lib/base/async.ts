/**
 * Building blocks for tasks that wait: a notifier, by which one task wakes others, and waits that
 * end early by an `AbortSignal` or a time limit. None of them leaves a timer or a listener behind.
 * @module
 */
import { type Clock, systemClock } from "./clock.ts";

/**
 * Wakes the tasks that wait for it. A notification that no task waits for is not kept: check the
 * condition first, then wait, with no `await` in between.
 */
export class Notifier {
  #next: PromiseWithResolvers<void> | undefined;

  /** Wakes all tasks that wait. */
  notify(): void {
    this.#next?.resolve();
    this.#next = undefined;
  }

  /** Resolves at the next notification; rejects with `signal.reason` when aborted first. */
  wait(signal?: AbortSignal): Promise<void> {
    this.#next ??= Promise.withResolvers<void>();
    return signal ? raceAbort(this.#next.promise, signal) : this.#next.promise;
  }
}

/**
 * Calls `listener` with the reason when `signal` is aborted: at once, before this returns, if it is
 * aborted already. Disposing of the result removes the listener.
 */
export function onAbort(
  signal: AbortSignal | undefined,
  listener: (reason: unknown) => void,
): Disposable {
  const aborted = () => listener(signal?.reason);
  if (signal?.aborted) aborted();
  else signal?.addEventListener("abort", aborted, { once: true });
  return { [Symbol.dispose]: () => signal?.removeEventListener("abort", aborted) };
}

/**
 * Waits for `promise`; rejects with `signal.reason` when aborted first. If both are settled at the
 * start, the promise wins.
 */
export async function raceAbort<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  using _listener = onAbort(signal, reject);
  return await Promise.race([promise, aborted]);
}

/** Waits for `promise`, at most `ms` milliseconds. Returns `undefined` after that time. */
export async function withTimeout<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), ms);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves after `ms` milliseconds. With 0, tasks that are ready run first. */
export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The settings of a {@linkcode Deadline}. */
export interface DeadlineOptions {
  /** Measures the time; the machine's own clock by default. */
  readonly clock?: Clock;
  /** Ends the deadline early: its signal is aborted with the same reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A signal that is aborted after a time. Disposing stops the timer, and the signal stays as it is.
 */
export class Deadline implements Disposable {
  readonly #limit = new AbortController();
  readonly #timer = new AbortController();
  readonly #parent: Disposable;
  #isExpired = false;

  /** Use {@linkcode deadline} instead. */
  constructor(ms: number, { clock = systemClock, signal }: DeadlineOptions) {
    this.#parent = onAbort(signal, (reason) => this.#end(reason));
    clock.sleep(ms, this.#timer.signal).then(() => this.#expire(ms), () => {});
  }

  /** Aborted with a `TimeoutError` after the time, or with the reason of the given signal. */
  get signal(): AbortSignal {
    return this.#limit.signal;
  }

  /** Whether the signal was aborted because the time is over. */
  get isExpired(): boolean {
    return this.#isExpired;
  }

  /** Stops the timer. */
  [Symbol.dispose](): void {
    this.#timer.abort();
    this.#parent[Symbol.dispose]();
  }

  #expire(ms: number): void {
    if (this.#timer.signal.aborted) return;
    this.#isExpired = true;
    this.#parent[Symbol.dispose]();
    this.#end(new DOMException(`timed out after ${ms} ms`, "TimeoutError"));
  }

  #end(reason: unknown): void {
    this.#timer.abort();
    this.#limit.abort(reason);
  }
}

/** Starts a time limit of `ms` milliseconds for work that takes an `AbortSignal`. */
export function deadline(ms: number, options: DeadlineOptions = {}): Deadline {
  return new Deadline(ms, options);
}
