/**
 * Sends the agent's reports to the hub, over the current session. Keeps output and results until
 * the hub has acknowledged them, and sends them again after a reconnect.
 * @module
 */
import { MAX_HELLO_HELD, MAX_HELLO_RUNNING } from "../../envelope/statements/session_statements.ts";
import type { InputMessage, OutputMessage } from "../../protocol/agent/streams.ts";
import type { StreamedInput } from "../../envelope/statements/request.ts";
import type { AgentMessage } from "../../protocol/agent/messages.ts";
import { StdinReceiver } from "./stdin_receiver.ts";
import { SendWindow, splitOutput } from "./send_window.ts";

/** A live connection to a hub that has received our hello. */
export interface HubSession {
  /** Sends a message; false if the connection has ended or the hub reads too slowly. */
  send(message: AgentMessage): boolean;
  /** Ends the connection; the agent dials again. */
  drop(reason: string): void;
}

/** A request without an acknowledged result. */
interface OutboxEntry {
  readonly output: SendWindow;
  /** Streamed standard input, if the command has any. */
  stdin?: StdinReceiver;
  /** Whether the job waits for a confirmation, which a hub must learn after a reconnect. */
  unconfirmed?: boolean;
  /** The session of the hub that follows this request. Other hubs must not receive its output. */
  session?: HubSession | undefined;
}

/** A request that has ended. */
interface EndedEntry extends OutboxEntry {
  /** The signed result. */
  readonly result: Uint8Array;
}

/** The most output of ended commands to keep for absent hubs, in bytes. */
const MAX_ENDED_OUTPUT_BYTES = 16_777_216;

/** Queues messages of the agent's jobs for the hub. */
export class Outbox {
  readonly #running = new Map<string, OutboxEntry>();
  readonly #ended = new Map<string, EndedEntry>();

  /** The requests that may still produce output; at most as many as a hello can list. */
  get running(): string[] {
    return [...this.#running.keys()].slice(0, MAX_HELLO_RUNNING);
  }

  /** The requests whose result is not acknowledged; at most as many as a hello can list. */
  get held(): string[] {
    return [...this.#ended.keys()];
  }

  /** Whether request `id` has something to report. */
  has(id: string): boolean {
    return this.#find(id) !== undefined;
  }

  /** Opens the reports on request `id` over `session`, which delivered it. */
  open(id: string, session: HubSession): void {
    this.#running.set(id, { output: new SendWindow(id), session });
  }

  /** Prepares the reports on a request of an earlier process, until a hub asks for it. */
  expect(id: string): void {
    this.#running.set(id, { output: new SendWindow(id, { resumed: true }) });
  }

  /** Restores the signed result of a request that ended earlier. */
  restore(id: string, envelope: Uint8Array): void {
    this.#end(id, { output: new SendWindow(id), result: envelope });
  }

  /** Sends the progress of a request. Nothing is lost if it does not arrive. */
  sendProgress(
    message: AgentMessage & { readonly kind: "delivered" | "started" | "unconfirmed" },
  ): void {
    const entry = this.#find(message.id);
    if (entry && message.kind === "unconfirmed") entry.unconfirmed = true;
    this.#send(entry, message);
  }

  /**
   * Sends output; waits while the hub is slow or detached. After an abort it waits no longer and
   * drops output beyond the window.
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
   * @returns false if the request has no entry
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
   * Requests the standard input of request `id` from the hub.
   * @returns `undefined` if the request has no entry
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
   * Receives a block of standard input.
   * @throws {EnvelopeError} `signature` if no operator has signed it
   */
  receiveInput(block: InputMessage): void {
    this.#running.get(block.id)?.stdin?.receive(block);
  }

  /**
   * Credits the first `received` bytes of the output of `id`. Over a new session, sending continues
   * from there.
   */
  credit(id: string, received: number, session: HubSession): void {
    this.#find(id)?.output.credit(received);
    this.resume(id, session);
  }

  /** Resumes request `id` over `session`, if that is a new one, with its present state. */
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

  /** Removes request `id`, because the hub has stored its result. */
  acknowledge(id: string): void {
    this.#ended.delete(id);
  }

  /** Forgets `session`, which has ended. */
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
   * Records the end of a request. Unacknowledged results must not fill the memory, so the oldest
   * ones lose their output or their entry. The journal keeps all results.
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
