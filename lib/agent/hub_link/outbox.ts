/**
 * Sends what the agent has to report to the hub, over whichever session there is. Keeps output and
 * results until the hub has acknowledged them, and sends them again after a reconnect.
 * @module
 */
import { MAX_HELLO_HELD, MAX_HELLO_RUNNING } from "../../envelope/statements/session_statements.ts";
import type { InputMessage, OutputMessage } from "../../protocol/agent/streams.ts";
import type { StreamedInput } from "../../envelope/statements/request.ts";
import type { AgentMessage } from "../../protocol/agent/messages.ts";
import { StdinReceiver } from "./stdin_receiver.ts";
import { SendWindow, splitOutput } from "./send_window.ts";

/** A live connection to a hub that has heard our hello. */
export interface HubSession {
  /** Sends; false when the connection is over or the hub reads too slowly. */
  send(message: AgentMessage): boolean;
  /** Ends the connection; the agent dials again. */
  drop(reason: string): void;
}

/** One request whose outcome the hub does not have yet. */
interface OutboxEntry {
  readonly output: SendWindow;
  /** What its command reads, if that comes while it runs. */
  stdin?: StdinReceiver;
  /** Whether the agent waits for a confirmation: a hub that comes back must hear of it. */
  unconfirmed?: boolean;
  /** The session on which the hub has said where to go on; the others must not hear of it. */
  session?: HubSession | undefined;
}

/** One that has ended. */
interface EndedEntry extends OutboxEntry {
  /** The signed result. */
  readonly result: Uint8Array;
}

/** How much output of commands that have ended is kept for hubs that may never come back, in bytes. */
const MAX_ENDED_OUTPUT_BYTES = 16_777_216;

/** Messages from the agent's jobs to the hub. */
export class Outbox {
  readonly #running = new Map<string, OutboxEntry>();
  readonly #ended = new Map<string, EndedEntry>();

  /** The requests whose command may still bring output; as many as a hello can name. */
  get running(): string[] {
    return [...this.#running.keys()].slice(0, MAX_HELLO_RUNNING);
  }

  /** The requests whose result waits to be acknowledged, likewise. */
  get held(): string[] {
    return [...this.#ended.keys()];
  }

  /** Whether something is still to be said of request `id`. */
  has(id: string): boolean {
    return this.#find(id) !== undefined;
  }

  /** Begins to report on request `id` over `session`, where it came from. */
  open(id: string, session: HubSession): void {
    this.#running.set(id, { output: new SendWindow(id), session });
  }

  /** Gets ready to report on a request of an earlier process, once a hub asks for it. */
  expect(id: string): void {
    this.#running.set(id, { output: new SendWindow(id, { resumed: true }) });
  }

  /** Takes over the signed result of a request that has come to its end before. */
  restore(id: string, envelope: Uint8Array): void {
    this.#end(id, { output: new SendWindow(id), result: envelope });
  }

  /** Tells the hub how far a request is. Nothing is lost when it does not arrive. */
  sendProgress(
    message: AgentMessage & { readonly kind: "delivered" | "started" | "unconfirmed" },
  ): void {
    const entry = this.#find(message.id);
    if (entry && message.kind === "unconfirmed") entry.unconfirmed = true;
    this.#send(entry, message);
  }

  /**
   * Sends output, waiting while the hub is behind or away. When the signal is aborted it waits no
   * longer, and what a command goes on to say at great length is dropped.
   * @returns how many bytes were dropped
   */
  async sendOutput(
    id: string,
    part: { readonly stream: OutputMessage["stream"]; readonly bytes: Uint8Array },
    signal: AbortSignal,
  ): Promise<number> {
    const entry = this.#running.get(id);
    if (!entry) return 0;
    let dropped = 0;
    for (const bytes of splitOutput(part.bytes)) {
      if (await entry.output.waitForRoom(signal)) {
        this.#send(entry, entry.output.add(part.stream, bytes));
      } else dropped += bytes.length;
    }
    return dropped;
  }

  /**
   * Sends the signed result of request `id`, and keeps it until it is acknowledged.
   * @returns false when nobody is to be told about this request
   */
  sendResult(id: string, envelope: Uint8Array): boolean {
    const entry = this.#running.get(id);
    if (!entry) return false;
    this.#send(entry, { kind: "sealed", envelope });
    this.#running.delete(id);
    this.#end(id, { ...entry, result: envelope });
    return true;
  }

  /**
   * Asks the hub for what the command of request `id` reads.
   * @returns `undefined` when nobody is to be told about this request
   */
  openStdin(id: string, streamed: StreamedInput): StdinReceiver | undefined {
    const entry = this.#running.get(id);
    if (!entry) return undefined;
    const receiver = new StdinReceiver(id, streamed, (message) => this.#send(entry, message));
    entry.stdin = receiver;
    this.#send(entry, receiver.progress);
    return receiver;
  }

  /**
   * A block of what a command reads has come.
   * @throws {EnvelopeError} `signature` if no operator has signed it
   */
  receiveInput(block: InputMessage): void {
    this.#running.get(block.id)?.stdin?.receive(block);
  }

  /**
   * The hub has taken `received` bytes of the output of `id`. Coming over another session than
   * before, this is where that session goes on.
   */
  credit(id: string, received: number, session: HubSession): void {
    this.#find(id)?.output.credit(received);
    this.resume(id, session);
  }

  /** Goes on over `session`, if it is another one than before, with what is known of request `id`. */
  resume(id: string, session: HubSession): void {
    const entry = this.#find(id);
    if (!entry || entry.session === session) return;
    entry.session = session;
    this.#send(entry, { kind: "delivered", id });
    if (entry.stdin) this.#send(entry, entry.stdin.progress);
    entry.output.uncredited().forEach((chunk) => this.#send(entry, chunk));
    const envelope = this.#ended.get(id)?.result;
    if (entry.unconfirmed && !envelope) this.#send(entry, { kind: "unconfirmed", id });
    if (envelope) this.#send(entry, { kind: "sealed", envelope });
  }

  /** The hub keeps the result of `id`: nothing more is to be said of it. */
  acknowledge(id: string): void {
    this.#ended.delete(id);
  }

  /** `session` is over. */
  detached(session: HubSession): void {
    for (const entry of [...this.#running.values(), ...this.#ended.values()]) {
      if (entry.session === session) entry.session = undefined;
    }
  }

  #send(entry: OutboxEntry | undefined, message: AgentMessage): void {
    const session = entry?.session;
    if (session && !session.send(message)) session.drop("the hub reads too slowly");
  }

  #find(id: string): OutboxEntry | undefined {
    return this.#running.get(id) ?? this.#ended.get(id);
  }

  /**
   * What hubs leave lying must not fill the memory: when there is too much of it, the oldest
   * results lose their output or their place here. The journal keeps all results.
   */
  #end(id: string, ended: EndedEntry): void {
    this.#ended.set(id, ended);
    const [oldest] = this.#ended.keys();
    if (oldest !== undefined && this.#ended.size > MAX_HELLO_HELD) this.#ended.delete(oldest);
    if (ended.output.pending === 0) return;
    const outputs = [...this.#ended.values()].map(({ output }) => output);
    let left = outputs.reduce((sum, { pending }) => sum + pending, 0);
    for (const output of outputs) if (left > MAX_ENDED_OUTPUT_BYTES) left -= output.discard();
  }
}
