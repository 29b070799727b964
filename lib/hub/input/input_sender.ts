/**
 * Sends standard input to one host: as far ahead as the flow-control window allows, and after a
 * lost connection again from the offset that the command has reached.
 * @module
 */
import { INPUT_WINDOW, INPUT_WINDOW_BLOCKS } from "../../protocol/agent/streams.ts";
import type { AgentSession } from "../agents/agent_session.ts";
import type { InputFeed } from "./input_feed.ts";

/** What it needs of the way to an agent. */
export type InputSession = Pick<AgentSession, "sendShared" | "flushed">;

/** Sends what the command on one host reads. */
export class InputSender {
  readonly #node: string;
  readonly #feed: InputFeed;
  #session: InputSession | undefined;
  /** Where this host begins, once that is known. */
  #start: number | undefined;
  #taken = 0;
  #sent = 0;
  /** Where the blocks end that were sent and not taken. */
  #ends: number[] = [];
  #state: "feeding" | "ended" | "finished" = "feeding";
  #busy = false;

  /** Sends nothing yet. */
  constructor(node: string, feed: InputFeed) {
    this.#node = node;
    this.#feed = feed;
    feed.addReader();
  }

  /**
   * The command has taken the first `taken` bytes, says its agent over `session`. A number that
   * cannot be, or an old one, changes nothing.
   */
  addCredit(session: InputSession, taken: number): void {
    const isKnown = taken === this.#taken || this.#ends.includes(taken);
    if (this.#state === "finished" || !isKnown) return;
    this.#take(taken);
    if (session !== this.#session) this.#goOn(session);
    void this.#send();
  }

  /** The connection of `session` is over. */
  detach(session: InputSession): void {
    if (this.#session === session) this.#session = undefined;
  }

  /** The command reads no more, or there is none any more. */
  finish(): void {
    if (this.#state === "finished") return;
    this.#state = "finished";
    this.#feed.removeReader(this.#place);
  }

  /** From where on this host needs the input. */
  get #place(): number {
    return Math.max(this.#taken, this.#start ?? 0);
  }

  #take(taken: number): void {
    const before = this.#place;
    this.#taken = taken;
    this.#ends = this.#ends.filter((end) => end > taken);
    this.#feed.moveReader(before, this.#place);
  }

  /** What was sent over another connection and was not taken may be lost. */
  #goOn(session: InputSession): void {
    this.#session = session;
    this.#sent = this.#place;
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
      // It cannot be read: whoever owns the source knows, and ends the job.
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

  /** The session, if the next block may go there now. */
  get #ready(): InputSession | undefined {
    const isFull = this.#sent - this.#place >= INPUT_WINDOW ||
      this.#ends.length >= INPUT_WINDOW_BLOCKS;
    return this.#state === "feeding" && !isFull ? this.#session : undefined;
  }

  async #sendTo(session: InputSession): Promise<void> {
    const offset = this.#sent;
    const block = await this.#feed.block(offset);
    const turn = this.#feed.waitForRate(block.end - offset);
    if (turn) await turn;
    if (this.#session !== session || this.#sent !== offset || this.#state !== "feeding") return;
    if (session.sendShared(block.survey)) {
      this.#sent = block.end;
      this.#ends.push(block.end);
      if (block.isLast) this.#state = "ended";
    } else if (!await session.flushed()) this.detach(session);
  }
}
