/**
 * A pipe: one live connection between two SP peers that have agreed, carrying whole messages.
 * @module
 */
import { concat } from "../base/bytes.ts";
import { FrameError } from "./errors.ts";
import { encodeFrame, FrameDecoder, type Framing } from "./framing.ts";
import type { Greeted } from "./handshake.ts";
import type { Role } from "./protocol.ts";
import type { ByteStream } from "./stream.ts";

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

/** Frames of this many bytes or more are written as they are: joining them gains nothing. */
const LARGE_FRAME = 65_536;

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
  #batch: Uint8Array[] = [];
  #batchBytes = 0;

  /** Takes over a stream on which the handshake is done. */
  constructor(greeted: Greeted, options: PipeOptions) {
    this.role = greeted.role;
    this.#stream = greeted.stream;
    this.#options = options;
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
  get open(): boolean {
    return this.#state === "open";
  }

  /** Bytes that wait for the peer to read. */
  get queued(): number {
    return this.#stream.queued + this.#batchBytes;
  }

  /** Begins to hand messages to `sink`. To be called once. */
  start(sink: PipeSink): void {
    this.#sink = sink;
    this.#stream.attach({
      data: (chunk) => this.#receive(chunk),
      closed: (error) => this.#hungUp(error),
    });
    this.#deliver();
    if (!this.#paused && this.open) this.#stream.resume();
  }

  /**
   * Sends one message made of `parts`.
   * @returns false, sending nothing, when the pipe is over or the peer reads too slowly
   */
  send(...parts: Uint8Array[]): boolean {
    return this.sendFrame(encodeFrame(this.#options.framing, ...parts));
  }

  /** As {@linkcode Pipe.send}, for a message framed already; the same bytes may go to many pipes. */
  sendFrame(frame: Uint8Array): boolean {
    if (!this.open || this.queued > this.#options.maxQueued) return false;
    if (!this.#inTurn) this.#beginTurn(frame);
    else if (frame.length >= LARGE_FRAME) this.#writeLarge(frame);
    else this.#collect(frame);
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
    if (!this.#paused && this.open) this.#stream.resume();
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
    if (!this.open) return;
    this.#decoder.push(chunk);
    this.#deliver();
  }

  #hungUp(error?: Error): void {
    if (error) this.#finish({ kind: "failed", error });
    else if (this.#decoder.atBoundary) this.#finish({ kind: "ended" });
    else this.#finish({ kind: "failed", error: new FrameError("the peer hung up in mid-message") });
  }

  /** Hands on every whole message. A sink may pause, resume or close the pipe while it runs. */
  #deliver(): void {
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      while (!this.#paused && this.open) {
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

  /** The first frame of a turn leaves at once; those behind it in the same turn leave together. */
  #beginTurn(frame: Uint8Array): void {
    this.#inTurn = true;
    queueMicrotask(() => {
      this.#inTurn = false;
      this.#writeBatch();
    });
    this.#stream.write(frame);
  }

  #collect(frame: Uint8Array): void {
    this.#batch.push(frame);
    this.#batchBytes += frame.length;
    if (this.#batchBytes >= LARGE_FRAME) this.#writeBatch();
  }

  #writeLarge(frame: Uint8Array): void {
    this.#writeBatch();
    this.#stream.write(frame);
  }

  #writeBatch(): void {
    if (this.#batch.length === 0) return;
    const joined = concat(this.#batch);
    this.#batch = [];
    this.#batchBytes = 0;
    if (this.open) this.#stream.write(joined);
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
