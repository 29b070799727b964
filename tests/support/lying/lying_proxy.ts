/**
 * A TCP proxy that understands SP messages, so that a test can drop, change, delay and invent them.
 *
 *     using proxy = new LyingProxy(port, (message) => message.pass());
 * @module
 */
import { concat } from "../../../lib/base/bytes.ts";
import { encodeFrame, FrameDecoder } from "../../../lib/sp/wire/framing.ts";
import { splitSurveyMessage } from "../../../lib/sp/patterns/survey_header.ts";
import { type FaultFilter, FaultyProxy, type ForwardTarget } from "../faults/faulty_proxy.ts";

/** The bytes of an SP header, which comes before all messages. */
const HEADER_BYTES = 8;

/** The two ends of a connection: who dialled, and who listens. */
export type End = "client" | "server";

/** One connection through the proxy. */
export class LyingConnection {
  /** The name of the agent at its client end, once it has said one. */
  name: string | undefined;
  readonly #ends: Partial<Record<End, ForwardTarget>> = {};
  readonly #headers: Partial<Record<End, Uint8Array>> = {};

  /** Sets where messages to `end` go. */
  attach(end: End, target: ForwardTarget): void {
    this.#ends[end] = target;
  }

  /** Notes the survey header of the latest message to `end`. */
  heard(end: End, header: Uint8Array): void {
    this.#headers[end] = header;
  }

  /** Sends `body` to `end` with this survey header, or with that of the latest message there. */
  send(end: End, body: Uint8Array, header: Uint8Array | undefined = this.#headers[end]): void {
    if (header) this.#ends[end]?.pass(encodeFrame("tcp", concat([header, body])));
  }
}

/** A message on its way through the proxy. */
export interface PassingMessage {
  readonly connection: LyingConnection;
  /** The end that it is for. */
  readonly to: End;
  readonly body: Uint8Array;
  /** Sends it on, as it is or with another body. */
  pass(body?: Uint8Array): void;
}

/** Decides about a message: it reaches its end only by {@linkcode PassingMessage.pass}. */
export type MessageLiar = (message: PassingMessage) => void;

/** Stands between clients and the server at a local port. */
export class LyingProxy implements Disposable {
  readonly #liar: MessageLiar;
  readonly #proxy: FaultyProxy;
  readonly #connections = new Map<number, LyingConnection>();

  /** Listens for clients of the server at port `target`. */
  constructor(target: number, liar: MessageLiar) {
    this.#liar = liar;
    this.#proxy = new FaultyProxy(target, {
      toServer: this.#filter("server"),
      toClient: this.#filter("client"),
    });
  }

  /** The port to dial. */
  get port(): number {
    return this.#proxy.port;
  }

  /** All connections so far, also those that have ended. */
  get connections(): Iterable<LyingConnection> {
    return this.#connections.values();
  }

  /** Disconnects all clients. */
  [Symbol.dispose](): void {
    this.#proxy[Symbol.dispose]();
  }

  #filter(to: End): FaultFilter {
    return (onward, number) => {
      const connection = this.#connections.get(number) ?? new LyingConnection();
      this.#connections.set(number, connection);
      connection.attach(to, onward);
      const decoder = new FrameDecoder("tcp");
      let headerLeft = HEADER_BYTES;
      return (bytes) => {
        const header = bytes.subarray(0, headerLeft);
        headerLeft -= header.length;
        if (header.length > 0) onward.pass(header);
        decoder.push(bytes.subarray(header.length));
        for (let frame = decoder.next(); frame; frame = decoder.next()) {
          this.#offer(connection, to, frame.slice());
        }
      };
    };
  }

  #offer(connection: LyingConnection, to: End, frame: Uint8Array): void {
    const message = splitSurveyMessage(frame);
    if (!message) return;
    const { header, body } = message;
    connection.heard(to, header);
    this.#liar({
      connection,
      to,
      body,
      pass: (other = body) => connection.send(to, other, header),
    });
  }
}
