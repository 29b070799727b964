/**
 * Sends standard input to one host, as far ahead as the flow-control window allows. After a lost
 * connection it continues from the offset that the command has reached.
 * @module
 */
import { CreditWindow } from "../../base/credit_window.ts";
import { INPUT_WINDOW, INPUT_WINDOW_BLOCKS } from "../../protocol/agent/streams.ts";
import type { AgentSession } from "../agents/agent_session.ts";
import type { InputFeed } from "./input_feed.ts";

/** The part of an agent session that sends input. */
export type InputSession = Pick<AgentSession, "sendBroadcast" | "flushed">;

const BOUNDS = { bytes: INPUT_WINDOW, pieces: INPUT_WINDOW_BLOCKS };

/** Sends the standard input of the command on one host. */
export class InputSender {
  readonly #node: string;
  readonly #feed: InputFeed;
  #session: InputSession | undefined;
  #start = 0;
  /** Whether the offset at which this host starts is known. The window begins there. */
  #hasStart = false;
  /** The blocks without credit. */
  #window = new CreditWindow(BOUNDS);
  /**
   * The offset that the agent reported last: 0 until the command has consumed a block. `undefined`
   * after a restart of the hub.
   */
  #reported: number | undefined;
  #state: "feeding" | "ended" | "finished" = "feeding";
  #busy = false;

  /**
   * Creates a sender that waits for the first credit. After a restart of the hub it is `resumed`: the
   * first credit then says how far the command is.
   */
  constructor(
    node: string,
    feed: InputFeed,
    { resumed = false }: { readonly resumed?: boolean } = {},
  ) {
    this.#node = node;
    this.#feed = feed;
    this.#reported = resumed ? undefined : 0;
    feed.addReader();
  }

  /**
   * Credits the first `reported` bytes, reported over `session`. An old number, or one that is not
   * the end of a block without credit, changes nothing.
   */
  addCredit(session: InputSession, reported: number): void {
    const expected = this.#reported ?? reported;
    const isKnown = reported === expected || this.#window.hasPieceEnd(reported);
    if (this.#state === "finished" || !isKnown) return;
    const before = this.#window.credited;
    this.#reported = reported;
    if (this.#window.credit(reported)) this.#feed.moveReader(before, reported);
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
    this.#feed.removeReader(this.#window.credited);
  }

  /** Continues over `session`. Blocks without credit from another connection may be lost. */
  #resume(session: InputSession): void {
    this.#session = session;
    this.#window.rewind();
    this.#state = "feeding";
  }

  async #send(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      if (!this.#hasStart) await this.#begin();
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
    this.#hasStart = true;
    this.#start = start;
    const from = Math.max(start, this.#reported ?? 0);
    this.#feed.moveReader(0, from);
    this.#window = new CreditWindow(BOUNDS, { start: from });
  }

  /** The session, if it can take the next block now. */
  get #ready(): InputSession | undefined {
    return this.#state === "feeding" && this.#window.hasRoom() ? this.#session : undefined;
  }

  async #sendTo(session: InputSession): Promise<void> {
    const offset = this.#window.end;
    const block = await this.#feed.block({ start: this.#start, offset });
    const waiting = this.#feed.waitForRate(block.end - offset);
    if (waiting) await waiting;
    const isCurrent = this.#session === session && this.#window.end === offset;
    if (!isCurrent || this.#state !== "feeding") return;
    if (session.sendBroadcast(block.survey)) {
      this.#window.add(block.end - offset);
      if (block.isLast) this.#state = "ended";
    } else if (!await session.flushed()) this.detach(session);
  }
}
