/**
 * A pipe carries whole messages over one connection between two SP peers after their handshake.
 * @module
 */
import { FrameError } from "./errors.ts";
import {
  encodeFrame,
  FrameBatch,
  FrameDecoder,
  frameLength,
  framePrefix,
  type Framing,
  MAX_PAYLOAD,
  maxFrameLength,
} from "./framing.ts";
import type { HandshakeResult } from "./handshake.ts";
import type { PipeGuard } from "./pipe_guard.ts";
import type { Role } from "./protocol.ts";
import type { ByteStream } from "./transport.ts";

/** How a pipe ended: closed by this side, ended by the peer, or failed. */
export type PipeEnd =
  | { readonly kind: "closed" }
  | { readonly kind: "ended" }
  | { readonly kind: "failed"; readonly error: Error };

/** Receives the messages of a pipe. Its functions must not wait. */
export interface PipeSink {
  /** Takes a message; `payload` belongs to the sink. If it throws, the pipe fails. */
  message(pipe: Pipe, payload: Uint8Array): void;
  /** The pipe has ended. Called once; must not throw. */
  detached(pipe: Pipe, end: PipeEnd): void;
}

/** Options of one pipe. */
export interface PipeOptions {
  /** The framing of its messages. */
  readonly framing: Framing;
  /** The largest payload that the peer may send, in bytes. */
  readonly maxReceive: number;
  /** While more bytes than this are queued for a slow peer, {@linkcode Pipe.send} refuses. */
  readonly maxQueued: number;
  /** The budget of the connection. Without one the peer needs no authentication. */
  readonly guard?: PipeGuard | undefined;
}

/** The most bytes of one joined write; a larger one saves no time. */
const MAX_BATCH = 65_536;
/** The longest message that is copied; writing the parts of a longer one takes less time. */
const MAX_COPIED = 16_384;

/** One connection, made and closed by a dialer or a listener. */
export class Pipe {
  /** The role of this side. */
  readonly role: Role;
  /** Resolves when the pipe has ended. Never rejects. */
  readonly ended: Promise<PipeEnd>;
  readonly #stream: ByteStream;
  readonly #options: PipeOptions;
  readonly #decoder: FrameDecoder;
  readonly #finished: (end: PipeEnd) => void;
  #state: "open" | "closing" | "over" = "open";
  #sink: PipeSink | undefined;
  #paused = false;
  #delivering = false;
  /** Whether the pipe waits for its turn to read on. */
  #waiting = false;
  #isAuthenticated: boolean;
  /** Whether a frame was written in this turn, so that further ones are joined. */
  #inTurn = false;
  readonly #batch: FrameBatch;

  /** Takes a stream after its handshake. */
  constructor(greeted: HandshakeResult, options: PipeOptions) {
    this.role = greeted.role;
    this.#stream = greeted.stream;
    this.#options = options;
    this.#batch = new FrameBatch(options.framing);
    const { framing, guard, maxReceive } = options;
    this.#isAuthenticated = guard === undefined;
    this.#decoder = new FrameDecoder(framing, Math.min(maxReceive, guard?.maxReceive ?? Infinity));
    guard?.onTurn(() => this.#readOn());
    this.#decoder.push(greeted.rest);
    const { promise, resolve } = Promise.withResolvers<PipeEnd>();
    this.ended = promise;
    this.#finished = resolve;
  }

  /** The address of the peer, for people. */
  get remote(): string {
    return this.#stream.remote;
  }

  /** The network address that the peer counts for; empty without a budget. */
  get address(): string {
    return this.#options.guard?.address ?? "";
  }

  /** The framing of its messages. */
  get framing(): Framing {
    return this.#options.framing;
  }

  /** Whether the pipe carries messages. */
  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** Whether the peer has begun a message and not completed it. */
  get isMidMessage(): boolean {
    return !this.#decoder.isAtBoundary;
  }

  /** The bytes that are queued for the peer. */
  get queued(): number {
    return this.#stream.queued + this.#batch.length;
  }

  /** Starts to pass messages to `sink`. Call it once. */
  start(sink: PipeSink): void {
    this.#sink = sink;
    this.#stream.attach({
      data: (chunk) => this.#receive(chunk),
      closed: (error) => this.#hungUp(error),
    });
    this.#readOn();
  }

  /**
   * Lifts the limits of unauthenticated peers. `isKnown` says that the peer has authenticated in
   * the past, too.
   * @returns false if there is no room for another such peer; the limits stay
   */
  authenticate(isKnown: boolean): boolean {
    if (this.#isAuthenticated) return true;
    if (this.#options.guard?.authenticate(isKnown) === false) return false;
    this.#isAuthenticated = true;
    this.#decoder.limit = this.#options.maxReceive;
    return true;
  }

  /**
   * Sends a message in `parts`. Those of a message above 16 KiB must not change afterwards.
   * @returns false if nothing was sent, because the pipe has ended or the peer reads too slowly
   * @throws {RangeError} if the message is longer than {@linkcode MAX_PAYLOAD}
   */
  send(...parts: Uint8Array[]): boolean {
    const length = frameLength(this.framing, parts);
    requireLength(this.framing, length);
    if (!this.#sendable) return false;
    if (this.#joins(length)) this.#batch.add(parts);
    else if (length <= MAX_COPIED) this.#write(encodeFrame(this.framing, ...parts));
    else this.#write(framePrefix(this.framing, parts), ...parts);
    return true;
  }

  /**
   * Sends an encoded frame, as {@linkcode Pipe.send} does. The same bytes may go to many pipes; they
   * must not change.
   */
  sendFrame(frame: Uint8Array): boolean {
    requireLength(this.framing, frame.length);
    if (!this.#sendable) return false;
    if (this.#joins(frame.length)) this.#batch.addEncoded(frame);
    else this.#write(frame);
    return true;
  }

  /** Resolves when the system has all sent bytes, or when the pipe has ended. */
  async flushed(): Promise<void> {
    this.#writeBatch();
    await this.#stream.flushed();
  }

  /** Stops passing on messages and reading, which slows down the peer. */
  pause(): void {
    this.#paused = true;
    this.#stream.pause();
  }

  /** Reads again. */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (!this.#waiting) this.#readOn();
  }

  /** Ends the pipe at once because of `error`. */
  fail(error: Error): void {
    this.#finish({ kind: "failed", error });
  }

  /**
   * Ends the pipe. Queued messages may be sent, and the peer may hang up, for `flushMs`
   * milliseconds. Until then received bytes are read and dropped: unread bytes in the kernel would
   * make it reset the connection, and the peer could lose what it has not read.
   */
  async close(flushMs = 0): Promise<void> {
    if (this.#state === "over") return;
    this.#writeBatch();
    this.#state = "closing";
    this.#stream.end();
    this.#stream.resume();
    const timer = setTimeout(() => this.#finish({ kind: "closed" }), flushMs);
    await this.ended;
    clearTimeout(timer);
  }

  #receive(chunk: Uint8Array): void {
    if (!this.isOpen) return;
    this.#decoder.push(chunk);
    if (!this.#waiting) this.#deliver();
  }

  /** Passes on what has come, then reads, unless the sink or the budget stops it. */
  #readOn(): void {
    this.#waiting = false;
    this.#deliver();
    if (!this.#paused && !this.#waiting && this.isOpen) this.#stream.resume();
  }

  #hungUp(error?: Error): void {
    if (error) this.#finish({ kind: "failed", error });
    else if (this.#decoder.isAtBoundary) this.#finish({ kind: "ended" });
    else this.#finish({ kind: "failed", error: new FrameError("the peer hung up in mid-message") });
  }

  /** Passes on complete messages. The sink may pause, resume or close the pipe meanwhile. */
  #deliver(): void {
    if (this.#delivering) return;
    this.#delivering = true;
    const { guard } = this.#options;
    guard?.beginTurn();
    try {
      while (!this.#paused && !this.#waiting && this.isOpen) {
        const payload = this.#decoder.next();
        if (!payload) break;
        const { length } = payload;
        this.#sink?.message(this, payload);
        if (guard?.takeMessage(length) === false) this.#wait();
      }
      if (this.isOpen) guard?.hold(this.#decoder.held);
    } catch (error) {
      // A bug in one sink must not stop the other pipes.
      this.#finish({
        kind: "failed",
        error: error instanceof Error ? error : new Error(`${error}`),
      });
    } finally {
      this.#delivering = false;
    }
  }

  #wait(): void {
    this.#waiting = true;
    this.#stream.pause();
  }

  get #sendable(): boolean {
    return this.isOpen && this.queued <= this.#options.maxQueued;
  }

  /** Whether a frame of this length is joined with others of this turn. */
  #joins(length: number): boolean {
    return this.#inTurn && length <= MAX_COPIED && this.#batch.length + length <= MAX_BATCH;
  }

  /** Writes a frame that is not joined: the first one of a turn, or a large one. */
  #write(...frame: readonly Uint8Array[]): void {
    this.#writeBatch();
    this.#stream.write(...frame);
    if (this.#inTurn) return;
    this.#inTurn = true;
    queueMicrotask(() => {
      this.#inTurn = false;
      this.#writeBatch();
    });
  }

  #writeBatch(): void {
    if (this.#batch.length === 0) return;
    const bytes = this.#batch.take();
    if (this.isOpen) this.#stream.write(bytes);
  }

  #finish(end: PipeEnd): void {
    if (this.#state === "over") return;
    const told: PipeEnd = this.#state === "closing" ? { kind: "closed" } : end;
    this.#state = "over";
    this.#stream.destroy();
    this.#sink?.detached(this, told);
    this.#finished(told);
  }
}

/** A message that is too long makes a nanomsg peer drop this connection and all later ones. */
function requireLength(framing: Framing, length: number): void {
  if (length <= maxFrameLength(framing)) return;
  throw new RangeError(`cannot send a frame of ${length} bytes: messages end at ${MAX_PAYLOAD}`);
}
