/**
 * The 8 bytes that each side sends once per connection: `00 53 50 00`, the sender's own protocol
 * id as 16 bits big-endian, `00 00` (sp-tcp-mapping, section 2). The same on tcp, ipc and tls+tcp.
 * @module
 */
import { HandshakeError } from "./errors.ts";

/** Length of a header in bytes. */
export const HEADER_LENGTH = 8;

const PREFIX: readonly number[] = [0x00, 0x53, 0x50, 0x00];

/** The header of a sender whose protocol id is `protocol`. */
export function encodeHeader(protocol: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([...PREFIX, protocol >> 8, protocol & 0xff, 0, 0]);
}

/**
 * Reads the sender's protocol id from the first 8 of `bytes`.
 *
 * @returns the id, or `undefined` while fewer than 8 bytes, all of them right, have come
 * @throws {HandshakeError} at the first byte that no SP peer of version 0 sends
 */
export function decodeHeader(bytes: Uint8Array): number | undefined {
  if (!PREFIX.every((byte, index) => index >= bytes.length || bytes[index] === byte)) {
    throw new HandshakeError("the peer does not speak SP version 0");
  }
  const [high, low, ...reserved] = bytes.subarray(4, HEADER_LENGTH);
  if (reserved.some((byte) => byte !== 0)) {
    throw new HandshakeError("the peer's header has reserved bytes that are not zero");
  }
  if (high === undefined || low === undefined || reserved.length < 2) return undefined;
  return (high << 8) | low;
}
