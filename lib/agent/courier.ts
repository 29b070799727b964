/**
 * Brings what the agent has to say to the hub, over whichever connection there is, and keeps what
 * must not be lost until the hub says that it has it. Imports `envelope`.
 * @module
 */
import type { AgentMessage, Output } from "../envelope/session.ts";
import { OutputWindow, pieces } from "./output_window.ts";

/** A live connection to a hub that has heard our hello. */
export interface Link {
  /** Sends; false when the connection is over or the hub reads too slowly. */
  send(message: AgentMessage): boolean;
  /** Ends the connection; the agent dials again. */
  drop(reason: string): void;
}

/** One request whose outcome the hub does not have yet. */
interface Consignment {
  readonly output: OutputWindow;
  /** The signed result, once there is one. */
  result?: Uint8Array;
  /** The link on which the hub has said where to go on; the others must not hear of it. */
  link?: Link | undefined;
}

/** Messages from the agent's jobs to the hub. */
export class Courier {
  readonly #consignments = new Map<string, Consignment>();

  /** The requests whose command may still bring output. */
  get running(): string[] {
    return this.#ids((consignment) => consignment.result === undefined);
  }

  /** The requests whose result waits to be acknowledged. */
  get held(): string[] {
    return this.#ids((consignment) => consignment.result !== undefined);
  }

  /** Whether something is still to be said of request `id`. */
  knows(id: string): boolean {
    return this.#consignments.has(id);
  }

  /** Begins to report on request `id` over `link`, where it came from. */
  open(id: string, link: Link): void {
    this.#consignments.set(id, { output: new OutputWindow(id), link });
  }

  /** Gets ready to report on a request of an earlier process, once a hub asks for it. */
  expect(id: string): void {
    this.#consignments.set(id, { output: new OutputWindow(id) });
  }

  /** Takes over the signed result of a request that an earlier process has brought to its end. */
  restore(id: string, envelope: Uint8Array): void {
    this.#consignments.set(id, { output: new OutputWindow(id), result: envelope });
  }

  /** Tells the hub how far a request is. Nothing is lost when it does not arrive. */
  tell(message: AgentMessage & { readonly kind: "delivered" | "started" }): void {
    this.#send(this.#consignments.get(message.id), message);
  }

  /** Sends output, waiting while the hub is behind or away. Dropped when nobody is to be told. */
  async output(
    id: string,
    part: { readonly stream: Output["stream"]; readonly bytes: Uint8Array },
    signal: AbortSignal,
  ): Promise<void> {
    const consignment = this.#consignments.get(id);
    for (const bytes of consignment ? pieces(part.bytes) : []) {
      await consignment?.output.room(signal);
      const chunk = consignment?.output.add(part.stream, bytes);
      if (chunk) this.#send(consignment, chunk);
    }
  }

  /**
   * Sends the signed result of request `id`, and keeps it until it is acknowledged.
   * @returns false when nobody is to be told about this request
   */
  result(id: string, envelope: Uint8Array): boolean {
    const consignment = this.#consignments.get(id);
    if (!consignment) return false;
    consignment.result = envelope;
    this.#send(consignment, { kind: "sealed", envelope });
    return true;
  }

  /**
   * The hub has taken `received` bytes of the output of `id`. Coming over another link than
   * before, this is where that link goes on.
   */
  credited(id: string, received: number, link: Link): void {
    const consignment = this.#consignments.get(id);
    consignment?.output.taken(received);
    if (!consignment || consignment.link === link) return;
    consignment.link = link;
    consignment.output.remaining().forEach((chunk) => this.#send(consignment, chunk));
    const envelope = consignment.result;
    if (envelope) this.#send(consignment, { kind: "sealed", envelope });
  }

  /** The hub keeps the result of `id`: nothing more is to be said of it. */
  acknowledged(id: string): void {
    if (this.#consignments.get(id)?.result) this.#consignments.delete(id);
  }

  /** `link` is over. */
  detached(link: Link): void {
    for (const consignment of this.#consignments.values()) {
      if (consignment.link === link) consignment.link = undefined;
    }
  }

  #send(consignment: Consignment | undefined, message: AgentMessage): void {
    const link = consignment?.link;
    if (link && !link.send(message)) link.drop("the hub reads too slowly");
  }

  #ids(which: (consignment: Consignment) => boolean): string[] {
    return [...this.#consignments].filter(([, one]) => which(one)).map(([id]) => id);
  }
}
