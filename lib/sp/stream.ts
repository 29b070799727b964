/**
 * The only thing that the rest of `lib/sp` needs from a transport: a two-way stream of bytes.
 * Bytes are pushed to a sink, not pulled, so that ten thousand idle connections cost no
 * pending reads.
 * @module
 */

/** Receives what a stream has to say. Its functions must not throw. */
export interface ByteSink {
  /** Bytes have come. They belong to the sink. */
  data(chunk: Uint8Array): void;
  /** The stream is over, in both directions. Called once; `error` is why, if it did not just end. */
  closed(error?: Error): void;
}

/** A live connection. It reads nothing until a sink is attached and {@linkcode resume} is called. */
export interface ByteStream {
  /** Who is at the other end, for people to read. */
  readonly remote: string;
  /** Bytes that were written here but have not yet left for the system. */
  readonly queued: number;
  /** Sends everything to `sink` from now on; replaces the sink before it. */
  attach(sink: ByteSink): void;
  /** Writes all of `parts`, now or as soon as the system takes them. They must not change. */
  write(...parts: readonly Uint8Array[]): void;
  /** Resolves when all that was written has left for the system, or when the stream is over. */
  flushed(): Promise<void>;
  /** Stops reading: the other side is slowed down by the transport's own flow control. */
  pause(): void;
  /** Reads again. */
  resume(): void;
  /** Says that nothing more will be written: what waits still leaves, then the stream ends. */
  end(): void;
  /** Ends the stream at once and forgets what waits. */
  destroy(): void;
}
