/**
 * Sends standard input to one host, as far ahead as the flow-control window allows. After a lost
 * connection it continues from the offset that the command has reached.
 * @module
 */
import { INPUT_WINDOW, INPUT_WINDOW_BLOCKS } from "../../protocol/agent/streams.ts";
import type { AgentSession } from "../agents/agent_session.ts";
import type { InputFeed } from "./input_feed.ts";

/** The part of an agent session that sends input. */
export type InputSession = Pick<AgentSession, "sendShared" | "flushed">;

/** Sends the standard input of the command on one host. */
export class InputSender {
  readonly #node: string;
  readonly #feed: InputFeed;
  #session: InputSession | undefined;
  /** The offset at which this host starts, once it is known. */
  #start: number | undefined;
  #taken = 0;
  #sent = 0;
  /** The end offsets of the blocks without credit. */
  #ends: number[] = [];
  #state: "feeding" | "ended" | "finished" = "feeding";
  #busy = false;

  /** Creates a sender that waits for the first credit. */
  constructor(node: string, feed: InputFeed) {
    this.#node = node;
    this.#feed = feed;
    feed.addReader();
  }

  /**
   * Credits the first `taken` bytes, reported over `session`. An old number, or one out of range,
   * changes nothing.
   */
  addCredit(session: InputSession, taken: number): void {
    const isKnown = taken === this.#taken || this.#ends.includes(taken);
    if (this.#state === "finished" || !isKnown) return;
    this.#take(taken);
    if (session !== this.#session) this.#resume(session);
    void this.#send();
  }

  /** Notes that the connection of `session` has ended. */
  detach(session: InputSession): void {
    if (this.#session === session) this.#session = undefined;
  }

  /** Stops: the command reads no more, or has ended. */
  finish(): void {
    if (this.#state === "finished") return;
    this.#state = "finished";
    this.#feed.removeReader(this.#offset);
  }

  /** The offset from which this host needs the input. */
  get #offset(): number {
    return Math.max(this.#taken, this.#start ?? 0);
  }

  #take(taken: number): void {
    const before = this.#offset;
    this.#taken = taken;
    this.#ends = this.#ends.filter((end) => end > taken);
    this.#feed.moveReader(before, this.#offset);
  }

  /** Continues over `session`. Blocks without credit from another connection may be lost. */
  #resume(session: InputSession): void {
    this.#session = session;
    this.#sent = this.#offset;
    this.#ends = [];
    this.#state = "feeding";
  }

  async #send(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      if (this.#start === undefined) await this.#begin();
      for (let session = this.#ready; session; session = this.#ready) await this.#sendTo(session);
    } catch {
      // A failed read is known to the owner of the source, which ends the job.
    } finally {
      this.#busy = false;
    }
  }

  async #begin(): Promise<void> {
    const start = await this.#feed.startOf(this.#node);
    if (this.#state === "finished") return;
    this.#start = start;
    this.#feed.moveReader(0, start);
    this.#sent = start;
  }

  /** The session, if it can take the next block now. */
  get #ready(): InputSession | undefined {
    const isFull = this.#sent - this.#offset >= INPUT_WINDOW ||
      this.#ends.length >= INPUT_WINDOW_BLOCKS;
    return this.#state === "feeding" && !isFull ? this.#session : undefined;
  }

  async #sendTo(session: InputSession): Promise<void> {
    const offset = this.#sent;
    const block = await this.#feed.block(offset);
    const waiting = this.#feed.waitForRate(block.end - offset);
    if (waiting) await waiting;
    if (this.#session !== session || this.#sent !== offset || this.#state !== "feeding") return;
    if (session.sendShared(block.survey)) {
      this.#sent = block.end;
      this.#ends.push(block.end);
      if (block.isLast) this.#state = "ended";
    } else if (!await session.flushed()) this.detach(session);
  }
}
