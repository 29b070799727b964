/**
 * How long a host waits before it begins, so that not all of them do so at once. Pure.
 * @module
 */
import { createHash } from "node:crypto";

/** How much of a digest makes the number: what a double can hold. */
const BITS = 48;

/**
 * The time that the host `node` waits before it begins request `id`, in whole milliseconds from 0 to
 * `splayMs`. It looks random and is always the same, whichever hub asks.
 */
export function splayDelay(
  { id, node, splayMs }: { readonly id: string; readonly node: string; readonly splayMs: number },
): number {
  const digest = createHash("sha256").update(`${id}\n${node}`).digest();
  return Math.floor(digest.readUIntBE(0, BITS / 8) / 2 ** BITS * (splayMs + 1));
}
