/**
 * Connects an operator's program to a hub daemon: over the control socket of the hub or, with a
 * signed login, from another machine. Each call and its replies are one exchange.
 * @module
 */
import { onAbort } from "../../base/async.ts";
import { type Clock, systemClock } from "../../base/clock.ts";
import { EnvelopeError } from "../../envelope/errors.ts";
import { loginType } from "../../envelope/statements/session_statements.ts";
import { signEnvelope } from "../../envelope/signing/sign_envelope.ts";
import type { SecretKey } from "../../envelope/keys/secret_key.ts";
import { UserError } from "../../base/errors.ts";
import { Heartbeat, IdleTimeout } from "../../base/heartbeat.ts";
import {
  decodeReply,
  type FailedReply,
  type GreetingReply,
  type HubReply,
} from "../../protocol/operator/replies.ts";
import {
  agreeProtocol,
  FIRST_PROTOCOL,
  OLDEST_VERSION,
  SPOKEN,
  spokenAt,
} from "../../protocol/session/version.ts";
import { encodeCall, type HelloCall, type OperatorCall } from "../../protocol/operator/calls.ts";
import { dialOnce, type Pipe, RawSurveyor, type Transport } from "../../sp/mod.ts";

/** Options of a connection. */
export interface ConnectionOptions {
  /** The URL of the hub. */
  readonly url: string;
  /** The available URL schemes. */
  readonly transports: readonly Transport[];
  /** The version of this program, for the hub. */
  readonly version: string;
  /** Opens the key for the login, if the hub requires a login. */
  readonly key: () => Promise<SecretKey>;
  /** The source of time; the system clock by default. */
  readonly clock?: Clock;
}

/** The exchange of the heartbeats. */
const HEARTBEAT_SURVEY = 0;

/** Receives the replies of one exchange. Must not throw. */
export type ReplySink = (reply: HubReply) => void;

/** Calls that share their replies. Disposing it tells the hub to send no more of these. */
export interface Exchange extends Disposable {
  /** Sends a further call. */
  send(call: OperatorCall): void;
}

/** A connection. Closing it does not affect jobs. */
export class HubConnection implements AsyncDisposable {
  readonly #pattern: RawSurveyor;
  readonly #sinks = new Map<number, ReplySink>();
  readonly #ended = Promise.withResolvers<void>();
  #pipe: Pipe | undefined;
  #heartbeat: Heartbeat | undefined;
  #survey = HEARTBEAT_SURVEY;
  #clock = systemClock;

  /** Use {@linkcode connectHub} instead. */
  constructor() {
    this.#pattern = new RawSurveyor({
      answer: (_pipe, id, body) => this.#receive(id, body),
      detached: () => {
        this.#heartbeat?.[Symbol.dispose]();
        this.#ended.resolve();
      },
    });
  }

  /** Resolves when the connection has ended. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Whether the connection exists. */
  get isOpen(): boolean {
    return this.#pipe?.isOpen ?? false;
  }

  /** Connects and logs in; see {@linkcode connectHub}. */
  async open(options: ConnectionOptions, signal: AbortSignal): Promise<void> {
    const { url, transports, version, key, clock = systemClock } = options;
    this.#clock = clock;
    const pipe = await dialOnce(url, { transports, pattern: this.#pattern, signal });
    this.#pipe = pipe;
    const hello = { kind: "hello", version, ...SPOKEN } as const;
    this.#heartbeat = new Heartbeat({
      beat: () => this.#send(HEARTBEAT_SURVEY, hello),
      gone: () => void pipe.close(),
    }, clock);
    if (!pipe.isOpen) this.#heartbeat[Symbol.dispose]();
    const greeting = await this.#greet(hello, signal);
    const protocol = greeting && agreeProtocol(greeting.protocol);
    if (!greeting || protocol === undefined) throw outdatedHub(url, greeting?.protocol); // check: outdated-hub-daemon
    if (!greeting.login) return;
    const login = { v: 1, nonce: greeting.nonce, version, ...spokenAt(protocol) } as const;
    const envelope = signEnvelope(loginType, login, [await key()]);
    await this.#request("done", { kind: "login", envelope }, signal);
  }

  /** Opens an exchange: sends `calls`, whose replies go to `sink`. */
  openExchange(calls: readonly OperatorCall[], sink: ReplySink): Exchange {
    this.#survey = (this.#survey % 0x7fffffff) + 1;
    const id = this.#survey;
    this.#sinks.set(id, sink);
    const send = (call: OperatorCall) => void this.#send(id, call);
    calls.forEach(send);
    return {
      send,
      [Symbol.dispose]: () => {
        if (this.#sinks.delete(id)) send({ kind: "leave" });
      },
    };
  }

  /**
   * Sends `calls` and returns all replies up to `done`.
   * @throws {UserError} if the hub refuses or stops replying, or the connection ends
   * @throws the signal's reason when it is aborted
   */
  async list(calls: readonly OperatorCall[], signal?: AbortSignal): Promise<readonly HubReply[]> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly HubReply[]>();
    const replies: HubReply[] = [];
    using _abort = onAbort(signal, reject);
    this.ended.then(() => reject(connectionClosed()));
    using idle = new IdleTimeout(() => reject(noReply()), this.#clock);
    using _exchange = this.openExchange(calls, (reply) => {
      idle.heard();
      if (reply.kind === "failed") reject(refusalError(reply));
      else if (reply.kind === "done") resolve(replies);
      else replies.push(reply);
    });
    return await promise;
  }

  /** Closes the connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pipe?.close(1_000);
  }

  /**
   * Says hello. Returns no greeting if the hub cannot read the hello, as one of the first protocol,
   * which refuses unknown fields.
   */
  async #greet(call: HelloCall, signal: AbortSignal): Promise<GreetingReply | undefined> {
    try {
      return await this.#request<GreetingReply>("greeting", call, signal);
    } catch (error) {
      if (error instanceof CallRefusedError && error.code === "malformed") return undefined;
      throw error;
    }
  }

  /** Sends `call` and returns its first reply, which must be of this kind. */
  async #request<T extends HubReply>(
    kind: T["kind"],
    call: OperatorCall,
    signal: AbortSignal,
  ): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    using _abort = onAbort(signal, reject);
    this.ended.then(() => reject(connectionClosed()));
    using _idle = new IdleTimeout(() => reject(noReply()), this.#clock);
    using _exchange = this.openExchange([call], (reply) => {
      if (reply.kind === "failed") reject(refusalError(reply));
      else if (reply.kind === kind) resolve(reply as T);
      else reject(new UserError(`not a nanoexec hub: unexpected reply from ${this.#pipe?.remote}`));
    });
    return await promise;
  }

  #send(id: number, call: OperatorCall): void {
    if (this.#pipe) this.#pattern.ask(this.#pipe, id, encodeCall(call));
  }

  #receive(id: number, body: Uint8Array): void {
    try {
      const reply = decodeReply(body);
      this.#heartbeat?.heard();
      const sink = this.#sinks.get(id);
      if (reply.kind === "failed" || reply.kind === "over") this.#sinks.delete(id);
      sink?.(reply);
    } catch (error) {
      if (!(error instanceof EnvelopeError)) throw error;
      // No hub sends this, so no other reply of the peer can be trusted either.
      void this.#pipe?.close();
    }
  }
}

/** Returns the error for the end of a connection. */
export function connectionClosed(): UserError {
  return new UserError("the hub closed the connection");
}

/** Returns the error for a hub that keeps the connection open and does not reply. */
function noReply(): UserError {
  return new UserError("no reply from the hub", { hint: "see the log of the hub, or restart it" });
}

/** Returns the error for a call that the hub has refused. */
export function refusalError(reply: FailedReply): UserError {
  return new CallRefusedError(reply);
}

/** A call that the hub has refused. */
class CallRefusedError extends UserError {
  /** The reason, for programs. */
  readonly code: FailedReply["code"];

  constructor({ code, message, hint }: FailedReply) {
    super(message, { hint });
    this.code = code;
  }
}

function outdatedHub(url: string, protocol: number = FIRST_PROTOCOL): UserError {
  return new UserError(`hub ${url} is too old: it speaks protocol ${protocol}`, {
    hint: `upgrade nanotrigger on the hub to ${OLDEST_VERSION}`,
  });
}

/**
 * Connects to a hub and logs in.
 * @throws {AddressError} if the URL cannot be used
 * @throws {TransportError} if the hub cannot be reached
 * @throws {UserError} if the hub refuses the login
 */
export async function connectHub(
  options: ConnectionOptions,
  signal: AbortSignal,
): Promise<HubConnection> {
  const connection = new HubConnection();
  try {
    await connection.open(options, signal);
    return connection;
  } catch (error) {
    await connection[Symbol.asyncDispose]();
    throw error;
  }
}
