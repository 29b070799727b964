/**
 * What can be written to. Imports nothing.
 * @module
 */

/** A stream that can be written to; `Deno.stdout` is one. */
export interface OutputStream {
  /** Writes some of `bytes` and says how many. */
  write(bytes: Uint8Array): Promise<number>;
  /** Tells whether a person looks at it. */
  isTerminal(): boolean;
}
