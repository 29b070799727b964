/**
 * Two building blocks for waiting tasks: a notifier, by which one task wakes another, and a wait
 * with a time limit.
 * @module
 */

/**
 * One task waits until another rings. A ring that nobody waits for is not kept: look whether there
 * is work first, then wait, with no `await` in between.
 */
export class Notifier {
  #waiting: PromiseWithResolvers<void> | undefined;

  /** Wakes whoever waits. */
  notify(): void {
    this.#waiting?.resolve();
    this.#waiting = undefined;
  }

  /** Resolves at the next ring. */
  wait(): Promise<void> {
    this.#waiting ??= Promise.withResolvers<void>();
    return this.#waiting.promise;
  }
}

/** Waits for `promise`, for at most `ms` milliseconds; `undefined` if that was too short. */
export async function withTimeout<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), ms);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
