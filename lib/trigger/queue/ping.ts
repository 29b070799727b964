/**
 * Pings hosts: each signs a nonce with its key, and the signed pong is verified here. Returns the
 * round-trip time and the clock offset of each host.
 * @module
 */
import { deadline, raceAbort } from "../../base/async.ts";
import { type Clock, systemClock } from "../../base/clock.ts";
import { EnvelopeError } from "../../envelope/errors.ts";
import type { PinnedKeys, PublicKey } from "../../envelope/keys/public_key.ts";
import { verifyEnvelope } from "../../envelope/signing/verify_envelope.ts";
import { pongType, type SignedPong } from "../../envelope/statements/session_statements.ts";
import { nodesCalls } from "../../protocol/operator/calls.ts";
import type { HubReply, PongReply } from "../../protocol/operator/replies.ts";
import { pinnedKeyOr } from "../results/verify_result.ts";
import { connectionClosed, type HubConnection, refusalError } from "./hub_connection.ts";
import type { Queue, QueuePing, QueuePingSink } from "./queue.ts";

/** A host that has signed a valid pong. Times in milliseconds. */
export interface AliveHost {
  /** The name of the host. */
  readonly name: string;
  /** The time from the ping to the pong. */
  readonly roundTripMs: number;
  /** How far its clock is ahead of the local one; accurate to half of the round trip. */
  readonly clockAheadMs: number;
}

/** The result of a ping. Each host is in one of the lists. */
export interface PingReport {
  /** The hosts with a valid pong, in the order of their answers. */
  readonly alive: readonly AliveHost[];
  /** The hosts that are not attached. */
  readonly away: readonly string[];
  /** The hosts whose pong is not valid, each with the reason. */
  readonly unproven: ReadonlyMap<string, string>;
  /** The hosts that have not answered in time. */
  readonly silent: readonly string[];
}

/** Options of a ping. */
export interface PingOptions {
  /** The names of the hosts. */
  readonly nodes: readonly string[];
  /** How long to wait for answers, in milliseconds. */
  readonly timeoutMs: number;
  /** The source of time; the system clock by default. */
  readonly clock?: Clock;
  /** Ends the wait when aborted. */
  readonly signal?: AbortSignal;
}

/** A pong, with its time of arrival. */
interface Arrival {
  readonly name: string;
  readonly envelope: Uint8Array;
  readonly key: PublicKey;
  readonly at: number;
}

/** How many pongs are verified at once. Others arrive in between, so that their times are accurate. */
const VERIFIED_AT_ONCE = 32;

/**
 * Pings hosts over `queue`.
 * @throws {UserError} if the connection to the hub ends
 */
export async function ping(queue: Pick<Queue, "ping">, options: PingOptions): Promise<PingReport> {
  const { nodes, clock = systemClock } = options;
  const nonce = crypto.getRandomValues(new Uint8Array(32)).toHex();
  const away: string[] = [];
  using verifier = new PongVerifier(nonce, { wall: clock.now(), at: clock.monotonic() });
  using round = queue.ping(nonce, {
    pong: (name, envelope, key) => verifier.add({ name, envelope, key, at: clock.monotonic() }),
    absent: (name) => void away.push(name),
  }, nodes);
  await waitUntilOver(round.over, { ...options, clock });
  verifier.finish();
  const { alive, unproven } = verifier;
  const known = new Set([...alive.map(({ name }) => name), ...unproven.keys(), ...away]);
  return { alive, away, unproven, silent: nodes.filter((node) => !known.has(node)) };
}

/** Verifies pongs in the order of their arrival, a few at once. */
class PongVerifier implements Disposable {
  readonly alive: AliveHost[] = [];
  readonly unproven = new Map<string, string>();
  readonly #nonce: string;
  readonly #start: { readonly wall: number; readonly at: number };
  readonly #arrived: Arrival[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(nonce: string, start: { readonly wall: number; readonly at: number }) {
    this.#nonce = nonce;
    this.#start = start;
  }

  add(arrival: Arrival): void {
    this.#arrived.push(arrival);
    this.#timer ??= setTimeout(() => this.#verifySome(), 0);
  }

  finish(): void {
    for (const arrival of this.#arrived.splice(0)) this.#verify(arrival);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #verifySome(): void {
    for (const arrival of this.#arrived.splice(0, VERIFIED_AT_ONCE)) this.#verify(arrival);
    const isMore = this.#arrived.length > 0;
    this.#timer = isMore ? setTimeout(() => this.#verifySome(), 0) : undefined;
  }

  #verify({ name, envelope, key, at }: Arrival): void {
    const keys = (keyid: string) => keyid === key.keyid ? key : undefined;
    try {
      const { body } = verifyEnvelope(envelope, { payloadType: pongType, keys });
      if (body.name !== name || body.nonce !== this.#nonce) {
        this.unproven.set(name, "signed name or nonce differs");
      } else this.alive.push(this.#times(body, at));
    } catch (error) {
      if (!(error instanceof EnvelopeError)) throw error;
      this.unproven.set(name, error.message);
    }
  }

  #times({ name, clockMs }: SignedPong, at: number): AliveHost {
    const { wall, at: startedAt } = this.#start;
    const roundTripMs = at - startedAt;
    return { name, roundTripMs, clockAheadMs: Math.round(clockMs - (wall + roundTripMs / 2)) };
  }
}

async function waitUntilOver(
  over: Promise<void>,
  { timeoutMs, clock, signal }: Pick<PingOptions, "timeoutMs" | "signal"> & { clock: Clock },
): Promise<void> {
  using limit = deadline(timeoutMs, { clock, signal });
  await raceAbort(over, limit.signal).catch((error) => {
    if (!limit.signal.aborted) throw error;
  });
}

/** Options of a ping through a hub daemon. */
export interface RemotePingOptions {
  /** The nonce that each host must sign. */
  readonly nonce: string;
  /** Receives the pongs and the absent hosts. */
  readonly sink: QueuePingSink;
  /** The names of the hosts. */
  readonly nodes: readonly string[];
  /** The pinned keys of the agents. */
  readonly pins: Pick<PinnedKeys, "get">;
}

/** Starts a ping through the hub at the other end of `connection`. */
export function remotePing(
  connection: HubConnection,
  { nonce, sink, nodes, pins }: RemotePingOptions,
): QueuePing {
  const { promise: over, resolve, reject } = Promise.withResolvers<void>();
  over.catch(() => {});
  connection.ended.then(() => reject(connectionClosed()));
  const receive = (reply: HubReply) => {
    if (reply.kind === "pong") deliverPong(reply, { sink, pins });
    else if (reply.kind === "absent") sink.absent(reply.name);
    else if (reply.kind === "done") resolve();
    else if (reply.kind === "failed") reject(refusalError(reply));
  };
  const calls = [...nodesCalls(nodes), { kind: "ping", nonce } as const];
  const exchange = connection.openExchange(calls, receive);
  return { over, [Symbol.dispose]: () => exchange[Symbol.dispose]() };
}

/** Drops the pong of a key that cannot be used; the host then counts as silent. */
function deliverPong(
  { name, key, envelope }: PongReply,
  { sink, pins }: Pick<RemotePingOptions, "sink" | "pins">,
): void {
  try {
    sink.pong(name, Uint8Array.fromBase64(envelope), pinnedKeyOr(name, key, pins));
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error;
  }
}
