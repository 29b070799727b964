/**
 * One message to many pipes: framed once for all of them, in the form that costs least to write.
 * @module
 */
import { Buffer } from "node:buffer";
import { encodeFrame, type Framing } from "./framing.ts";
import type { Pipe } from "./pipe.ts";

/**
 * Sends one message made of `parts` to all of `pipes`, waiting for none of them.
 * @returns how many it was sent to; the others are over, or read too slowly
 */
export function fanOut(pipes: Iterable<Pipe>, ...parts: Uint8Array[]): number {
  const frames: Partial<Record<Framing, Uint8Array>> = {};
  let sent = 0;
  for (const pipe of pipes) {
    const frame = frames[pipe.framing] ??= sharedFrame(pipe.framing, parts);
    if (pipe.sendFrame(frame)) sent++;
  }
  return sent;
}

/** A `Buffer`, because `node:net` would make one of any other array, again for every socket. */
function sharedFrame(framing: Framing, parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.from(encodeFrame(framing, ...parts).buffer);
}
