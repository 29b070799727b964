/**
 * The output of one command on its way to the hub: what was sent is kept until the hub has taken
 * it, so that a broken connection loses none of it. Imports `envelope`.
 * @module
 */
import { MAX_CHUNK, type Output, WINDOW } from "../envelope/session.ts";

/** Chunks that the hub has not taken yet; never more than {@linkcode WINDOW} bytes and one chunk. */
export class OutputWindow {
  readonly #id: string;
  #chunks: Output[] = [];
  /** How many bytes the hub has taken. */
  #received = 0;
  /** How many bytes have been put in. */
  #end = 0;
  #moved = Promise.withResolvers<void>();

  /** Makes an empty window for the output of request `id`. */
  constructor(id: string) {
    this.#id = id;
  }

  /** Bytes that were put in and not taken by the hub. */
  get pending(): number {
    return this.#end - this.#received;
  }

  /** Adds at most {@linkcode MAX_CHUNK} bytes of output. */
  add(stream: Output["stream"], bytes: Uint8Array): Output {
    const chunk: Output = { kind: "output", id: this.#id, stream, offset: this.#end, bytes };
    this.#chunks.push(chunk);
    this.#end += bytes.length;
    return chunk;
  }

  /** Forgets what the hub has taken; a smaller number than before changes nothing. */
  taken(received: number): void {
    if (received <= this.#received || received > this.#end) return;
    this.#received = received;
    this.#chunks = this.#chunks.filter((chunk) => chunk.offset + chunk.bytes.length > received);
    this.#moved.resolve();
    this.#moved = Promise.withResolvers<void>();
  }

  /** What the hub has still to take, oldest first. */
  remaining(): readonly Output[] {
    return this.#chunks;
  }

  /**
   * Waits until there is room for more.
   * @throws the signal's reason when it is aborted first
   */
  async room(signal: AbortSignal): Promise<void> {
    const aborted = Promise.withResolvers<never>();
    const abort = () => aborted.reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    try {
      signal.throwIfAborted();
      while (this.pending >= WINDOW) await Promise.race([this.#moved.promise, aborted.promise]);
    } finally {
      signal.removeEventListener("abort", abort);
      aborted.promise.catch(() => {});
    }
  }
}

/** Cuts output into pieces that fit a message. */
export function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += MAX_CHUNK) {
    yield bytes.subarray(start, start + MAX_CHUNK);
  }
}
