/**
 * Waiting, but not for ever. Imports nothing.
 * @module
 */

/** Waits for `promise`, for at most `ms` milliseconds; `undefined` if that was too short. */
export async function atMost<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), ms);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
