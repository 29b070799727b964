/**
 * One message to many pipes at once.
 * @module
 */
import type { Pipe } from "./pipe.ts";
import { SharedMessage } from "./shared_message.ts";

/**
 * Sends one message made of `parts` to all of `pipes`, waiting for none of them.
 * @returns how many it was sent to; the others are over, or read too slowly
 */
export function fanOut(pipes: Iterable<Pipe>, ...parts: Uint8Array[]): number {
  const message = new SharedMessage(...parts);
  let sent = 0;
  for (const pipe of pipes) if (message.sendTo(pipe)) sent++;
  return sent;
}
