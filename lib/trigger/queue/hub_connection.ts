/**
 * One connection to a hub that runs by itself: over its control socket or, with a signed login,
 * from another machine.
 * @module
 */
import { onAbort } from "../../base/async.ts";
import { type Clock, systemClock } from "../../base/clock.ts";
import { EnvelopeError } from "../../envelope/errors.ts";
import { loginType } from "../../envelope/statements/session_statements.ts";
import { signEnvelope } from "../../envelope/signing/sign_envelope.ts";
import type { SecretKey } from "../../envelope/keys/secret_key.ts";
import { UserError } from "../../base/errors.ts";
import { Heartbeat } from "../../base/heartbeat.ts";
import { decodeReply, type GreetingReply, type HubReply } from "../../protocol/operator/replies.ts";
import { encodeCall, type OperatorCall } from "../../protocol/operator/calls.ts";
import { dialOnce, type Pipe, RawSurveyor, type Transport } from "../../sp/mod.ts";

/** How to connect. */
export interface ConnectionOptions {
  /** Where the hub is. */
  readonly url: string;
  /** The URL schemes that can be used. */
  readonly transports: readonly Transport[];
  /** The version that the hub is told. */
  readonly version: string;
  /** Opens the key to log in with, if the hub wants a login. */
  readonly key: () => Promise<SecretKey>;
  /** Where time comes from; the machine's own clock by default. */
  readonly clock?: Clock;
}

/** The conversation in which both ends hear that the other one is still there. */
const HEARTBEAT_SURVEY = 0;

/** Takes what the hub answers in one conversation. Must not throw. */
export type ReplySink = (answer: HubReply) => void;

/** One ask, with what follows from it. Disposing it tells the hub that nothing more is wanted. */
export interface HubCalls extends Disposable {
  /** Says something more in it. */
  say(ask: OperatorCall): void;
}

/** A connection. Closing it leaves jobs as they are. */
export class HubConnection implements AsyncDisposable {
  readonly #pattern: RawSurveyor;
  readonly #sinks = new Map<number, ReplySink>();
  readonly #ended = Promise.withResolvers<void>();
  #pipe: Pipe | undefined;
  #heartbeat: Heartbeat | undefined;
  #survey = HEARTBEAT_SURVEY;

  /** Use {@linkcode connectHub} instead. */
  constructor() {
    this.#pattern = new RawSurveyor({
      answer: (_pipe, id, body) => this.#take(id, body),
      detached: () => {
        this.#heartbeat?.[Symbol.dispose]();
        this.#ended.resolve();
      },
    });
  }

  /** Resolves when the connection is over. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Whether it is not. */
  get isOpen(): boolean {
    return this.#pipe?.isOpen ?? false;
  }

  /** Connects; part of {@linkcode connectHub}. */
  async open(options: ConnectionOptions, signal: AbortSignal): Promise<void> {
    const { url, transports, version, key, clock = systemClock } = options;
    const pipe = await dialOnce(url, { transports, pattern: this.#pattern, signal });
    this.#pipe = pipe;
    this.#heartbeat = new Heartbeat({
      beat: () => this.#say(HEARTBEAT_SURVEY, { kind: "hello", version }),
      gone: () => void pipe.close(),
    }, clock);
    if (!pipe.isOpen) this.#heartbeat[Symbol.dispose]();
    const greeting = await this.#first<GreetingReply>(
      "greeting",
      { kind: "hello", version },
      signal,
    );
    if (!greeting.login) return;
    const login = { v: 1, nonce: greeting.nonce, version } as const;
    const envelope = signEnvelope(loginType, login, [await key()]);
    await this.#first("done", { kind: "login", envelope }, signal);
  }

  /** Begins a conversation: says `asks`, and hands to `sink` what comes back. */
  converse(asks: readonly OperatorCall[], sink: ReplySink): HubCalls {
    this.#survey = (this.#survey % 0x7fffffff) + 1;
    const id = this.#survey;
    this.#sinks.set(id, sink);
    const say = (ask: OperatorCall) => void this.#say(id, ask);
    asks.forEach(say);
    return {
      say,
      [Symbol.dispose]: () => {
        if (this.#sinks.delete(id)) say({ kind: "leave" });
      },
    };
  }

  /**
   * Says `asks` and gathers the answers up to the one that says that these were all.
   * @throws {UserError} if the hub will not, or the connection ends
   * @throws the signal's reason when it is aborted
   */
  async list(asks: readonly OperatorCall[], signal?: AbortSignal): Promise<readonly HubReply[]> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly HubReply[]>();
    const answers: HubReply[] = [];
    using _abort = onAbort(signal, reject);
    this.ended.then(() => reject(new UserError("the hub has closed the connection")));
    using _conversation = this.converse(asks, (answer) => {
      if (answer.kind === "failed") reject(refusalError(answer));
      else if (answer.kind === "done") resolve(answers);
      else answers.push(answer);
    });
    return await promise;
  }

  /** Hangs up. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pipe?.close(1_000);
  }

  async #first<T extends HubReply>(
    kind: T["kind"],
    ask: OperatorCall,
    signal: AbortSignal,
  ): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    using _abort = onAbort(signal, reject);
    this.ended.then(() => reject(new UserError("the hub has closed the connection")));
    using _conversation = this.converse([ask], (answer) => {
      if (answer.kind === "failed") reject(refusalError(answer));
      else if (answer.kind === kind) resolve(answer as T);
      else reject(new UserError("whoever listens there is not a hub that can be asked"));
    });
    return await promise;
  }

  #say(id: number, ask: OperatorCall): void {
    if (this.#pipe) this.#pattern.ask(this.#pipe, id, encodeCall(ask));
  }

  #take(id: number, body: Uint8Array): void {
    try {
      const answer = decodeReply(body);
      this.#heartbeat?.heard();
      const sink = this.#sinks.get(id);
      if (answer.kind === "failed" || answer.kind === "over") this.#sinks.delete(id);
      sink?.(answer);
    } catch (error) {
      if (!(error instanceof EnvelopeError)) throw error;
      // No hub says that: whoever it is, nothing it says can be relied on.
      void this.#pipe?.close();
    }
  }
}

/** What a hub will not do, as an error. */
export function refusalError({ message, hint }: Extract<HubReply, { kind: "failed" }>): UserError {
  return new UserError(message, { hint });
}

/**
 * Connects to a hub and is let in.
 * @throws {AddressError} if the URL cannot be used
 * @throws {TransportError} if nobody answers there
 * @throws {UserError} if the hub does not let us in
 */
export async function connectHub(
  options: ConnectionOptions,
  signal: AbortSignal,
): Promise<HubConnection> {
  const link = new HubConnection();
  try {
    await link.open(options, signal);
    return link;
  } catch (error) {
    await link[Symbol.asyncDispose]();
    throw error;
  }
}
