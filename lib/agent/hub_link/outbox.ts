/**
 * Sends what the agent has to report to the hub, over whichever session there is. Keeps output and
 * results until the hub has acknowledged them, and sends them again after a reconnect.
 * @module
 */
import { MAX_HELLO_HELD, MAX_HELLO_RUNNING } from "../../envelope/statements/session_statements.ts";
import type { InputMessage } from "../../protocol/agent/streams.ts";
import type { StreamedInput } from "../../envelope/statements/request.ts";
import type { AgentMessage, OutputMessage } from "../../protocol/agent/messages.ts";
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
  /** The link on which the hub has said where to go on; the others must not hear of it. */
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

  /** Begins to report on request `id` over `link`, where it came from. */
  open(id: string, link: HubSession): void {
    this.#running.set(id, { output: new SendWindow(id), session: link });
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
  tell(message: AgentMessage & { readonly kind: "delivered" | "started" | "unconfirmed" }): void {
    const consignment = this.#find(message.id);
    if (consignment && message.kind === "unconfirmed") consignment.unconfirmed = true;
    this.#send(consignment, message);
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
    const consignment = this.#running.get(id);
    if (!consignment) return 0;
    let dropped = 0;
    for (const bytes of splitOutput(part.bytes)) {
      if (await consignment.output.waitForRoom(signal)) {
        this.#send(consignment, consignment.output.add(part.stream, bytes));
      } else dropped += bytes.length;
    }
    return dropped;
  }

  /**
   * Sends the signed result of request `id`, and keeps it until it is acknowledged.
   * @returns false when nobody is to be told about this request
   */
  sendResult(id: string, envelope: Uint8Array): boolean {
    const consignment = this.#running.get(id);
    if (!consignment) return false;
    this.#send(consignment, { kind: "sealed", envelope });
    this.#running.delete(id);
    this.#end(id, { ...consignment, result: envelope });
    return true;
  }

  /**
   * Asks the hub for what the command of request `id` reads.
   * @returns `undefined` when nobody is to be told about this request
   */
  openStdin(id: string, streamed: StreamedInput): StdinReceiver | undefined {
    const consignment = this.#running.get(id);
    if (!consignment) return undefined;
    const intake = new StdinReceiver(id, streamed, (message) => this.#send(consignment, message));
    consignment.stdin = intake;
    this.#send(consignment, intake.progress);
    return intake;
  }

  /**
   * A block of what a command reads has come.
   * @throws {EnvelopeError} `signature` if no operator has signed it
   */
  receiveInput(block: InputMessage): void {
    this.#running.get(block.id)?.stdin?.receive(block);
  }

  /**
   * The hub has taken `received` bytes of the output of `id`. Coming over another link than
   * before, this is where that link goes on.
   */
  credit(id: string, received: number, link: HubSession): void {
    this.#find(id)?.output.credit(received);
    this.resume(id, link);
  }

  /** Goes on over `link`, if it is another one than before, with what is known of request `id`. */
  resume(id: string, link: HubSession): void {
    const consignment = this.#find(id);
    if (!consignment || consignment.session === link) return;
    consignment.session = link;
    this.#send(consignment, { kind: "delivered", id });
    if (consignment.stdin) this.#send(consignment, consignment.stdin.progress);
    consignment.output.uncredited().forEach((chunk) => this.#send(consignment, chunk));
    const envelope = this.#ended.get(id)?.result;
    if (consignment.unconfirmed && !envelope) this.#send(consignment, { kind: "unconfirmed", id });
    if (envelope) this.#send(consignment, { kind: "sealed", envelope });
  }

  /** The hub keeps the result of `id`: nothing more is to be said of it. */
  acknowledge(id: string): void {
    this.#ended.delete(id);
  }

  /** `link` is over. */
  detached(link: HubSession): void {
    for (const consignment of [...this.#running.values(), ...this.#ended.values()]) {
      if (consignment.session === link) consignment.session = undefined;
    }
  }

  #send(consignment: OutboxEntry | undefined, message: AgentMessage): void {
    const link = consignment?.session;
    if (link && !link.send(message)) link.drop("the hub reads too slowly");
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
