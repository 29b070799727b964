/**
 * A pipe: one live connection between two SP peers after the handshake, which carries whole
 * messages.
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
import type { Role } from "./protocol.ts";
import type { ByteStream } from "./transport.ts";

/** Why a pipe is over: closed by this side, ended by the other, or failed. */
export type PipeEnd =
  | { readonly kind: "closed" }
  | { readonly kind: "ended" }
  | { readonly kind: "failed"; readonly error: Error };

/** Receives what a pipe has to say. Its functions must not wait. */
export interface PipeSink {
  /** A message has come; `payload` belongs to the sink. When it throws, the pipe fails. */
  message(pipe: Pipe, payload: Uint8Array): void;
  /** The pipe is over; nothing follows. Called once; must not throw. */
  detached(pipe: Pipe, end: PipeEnd): void;
}

/** Limits of one pipe. */
export interface PipeOptions {
  /** How messages are framed. */
  readonly framing: Framing;
  /** The largest payload in bytes that is taken from the peer. */
  readonly maxReceive: number;
  /** While more bytes than this wait for a slow peer, {@linkcode Pipe.send} refuses. */
  readonly maxQueued: number;
}

/** The most bytes that are joined to one write: with larger ones that gains nothing. */
const MAX_BATCH = 65_536;
/** The longest message that is copied: with longer ones it takes longer than to write their parts. */
const MAX_COPIED = 16_384;

/** One connection. Made, and in the end closed, by a dialler or a listener. */
export class Pipe {
  /** The role that this side plays. */
  readonly role: Role;
  /** Resolves when the pipe is over. Never rejects. */
  readonly ended: Promise<PipeEnd>;
  readonly #stream: ByteStream;
  readonly #options: PipeOptions;
  readonly #decoder: FrameDecoder;
  readonly #finished: (end: PipeEnd) => void;
  #state: "open" | "closing" | "over" = "open";
  #sink: PipeSink | undefined;
  #paused = false;
  #delivering = false;
  /** Whether a frame has left in this turn already, so that more of them are collected. */
  #inTurn = false;
  readonly #batch: FrameBatch;

  /** Takes over a stream on which the handshake is done. */
  constructor(greeted: HandshakeResult, options: PipeOptions) {
    this.role = greeted.role;
    this.#stream = greeted.stream;
    this.#options = options;
    this.#batch = new FrameBatch(options.framing);
    this.#decoder = new FrameDecoder(options.framing, options.maxReceive);
    this.#decoder.push(greeted.rest);
    const { promise, resolve } = Promise.withResolvers<PipeEnd>();
    this.ended = promise;
    this.#finished = resolve;
  }

  /** Who is at the other end, for people to read. */
  get remote(): string {
    return this.#stream.remote;
  }

  /** How the messages of this pipe are framed. */
  get framing(): Framing {
    return this.#options.framing;
  }

  /** Whether the pipe still carries messages. */
  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** Bytes that wait for the peer to read. */
  get queued(): number {
    return this.#stream.queued + this.#batch.length;
  }

  /** Begins to hand messages to `sink`. To be called once. */
  start(sink: PipeSink): void {
    this.#sink = sink;
    this.#stream.attach({
      data: (chunk) => this.#receive(chunk),
      closed: (error) => this.#hungUp(error),
    });
    this.#deliver();
    if (!this.#paused && this.isOpen) this.#stream.resume();
  }

  /**
   * Sends one message made of `parts`. Those of a message above 16 KiB must not change afterwards.
   * @returns false, sending nothing, when the pipe is over or the peer reads too slowly
   * @throws {RangeError} if the message is longer than any peer must take
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
   * As {@linkcode Pipe.send}, for a message framed already. The same bytes may go to many pipes;
   * they must not change.
   */
  sendFrame(frame: Uint8Array): boolean {
    requireLength(this.framing, frame.length);
    if (!this.#sendable) return false;
    if (this.#joins(frame.length)) this.#batch.addEncoded(frame);
    else this.#write(frame);
    return true;
  }

  /** Resolves when what was sent has left for the system, or when the pipe is over. */
  async flushed(): Promise<void> {
    this.#writeBatch();
    await this.#stream.flushed();
  }

  /** Hands out no more messages and stops reading, so that the peer is slowed down. */
  pause(): void {
    this.#paused = true;
    this.#stream.pause();
  }

  /** Reads again. */
  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#deliver();
    if (!this.#paused && this.isOpen) this.#stream.resume();
  }

  /**
   * Ends the pipe. What was sent may leave, and the peer may hang up, for `flushMs` milliseconds.
   * Closing while unread bytes lie in the kernel would reset the connection and could destroy
   * what the peer has not read yet, so until the peer hangs up they are read and thrown away.
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
    this.#deliver();
  }

  #hungUp(error?: Error): void {
    if (error) this.#finish({ kind: "failed", error });
    else if (this.#decoder.isAtBoundary) this.#finish({ kind: "ended" });
    else this.#finish({ kind: "failed", error: new FrameError("the peer hung up in mid-message") });
  }

  /** Hands on every whole message. A sink may pause, resume or close the pipe while it runs. */
  #deliver(): void {
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      while (!this.#paused && this.isOpen) {
        const payload = this.#decoder.next();
        if (!payload) break;
        this.#sink?.message(this, payload);
      }
    } catch (error) {
      // A mistake of one sink must not take down what all the other pipes do.
      this.#finish({
        kind: "failed",
        error: error instanceof Error ? error : new Error(`${error}`),
      });
    } finally {
      this.#delivering = false;
    }
  }

  get #sendable(): boolean {
    return this.isOpen && this.queued <= this.#options.maxQueued;
  }

  /** Whether a frame of this length is to leave together with others of this turn. */
  #joins(length: number): boolean {
    return this.#inTurn && length <= MAX_COPIED && this.#batch.length + length <= MAX_BATCH;
  }

  /** Writes what leaves by itself: the first frame of a turn, and those that are large. */
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

/** One message that is too long makes a nanomsg peer drop this connection and all later ones. */
function requireLength(framing: Framing, length: number): void {
  if (length <= maxFrameLength(framing)) return;
  throw new RangeError(`cannot send a frame of ${length} bytes: messages end at ${MAX_PAYLOAD}`);
}
