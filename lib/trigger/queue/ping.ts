/**
 * Pings hosts: each signs a nonce with its key, and the answer is verified here. Gives the
 * round-trip time and the clock offset of each host.
 * @module
 */
import { deadline, raceAbort } from "../../base/async.ts";
import { type Clock, systemClock } from "../../base/clock.ts";
import { UserError } from "../../base/errors.ts";
import { EnvelopeError } from "../../envelope/errors.ts";
import type { PinnedKeys, PublicKey } from "../../envelope/keys/public_key.ts";
import { verifyEnvelope } from "../../envelope/signing/verify_envelope.ts";
import { pongType, type SignedPong } from "../../envelope/statements/session_statements.ts";
import { nodesCalls } from "../../protocol/operator/calls.ts";
import type { HubReply, PongReply } from "../../protocol/operator/replies.ts";
import { pinnedKeyOr } from "../results/verify_result.ts";
import { type HubConnection, refusalError } from "./hub_connection.ts";
import type { Queue, QueuePing, QueuePingSink } from "./queue.ts";

/** A host that has proved that it is there. Times in milliseconds. */
export interface AliveHost {
  /** Its name. */
  readonly name: string;
  /** How long the question and the answer took together. */
  readonly roundTripMs: number;
  /** How much its clock is ahead of ours, give or take half of the round trip. */
  readonly clockAheadMs: number;
}

/** What became of a ping. */
export interface PingReport {
  /** Those that have proved that they are there, in the order of their answers. */
  readonly alive: readonly AliveHost[];
  /** Those that are not attached. */
  readonly away: readonly string[];
  /** Those that have answered with something that proves nothing, and what is wrong with it. */
  readonly unproven: ReadonlyMap<string, string>;
  /** Those that have not answered in time. */
  readonly silent: readonly string[];
}

/** How to ask. */
export interface PingSettings {
  /** Whom. */
  readonly nodes: readonly string[];
  /** How long to wait for answers, in milliseconds. */
  readonly timeoutMs: number;
  /** Where time comes from; the machine's own clock by default. */
  readonly clock?: Clock;
  /** Waits no longer when it is aborted. */
  readonly signal?: AbortSignal;
}

/** An answer, when it came. */
interface Arrival {
  readonly name: string;
  readonly envelope: Uint8Array;
  readonly key: PublicKey;
  readonly at: number;
}

/** How many answers are verified before others may come in: the times of those are to be right. */
const VERIFIED_AT_ONCE = 32;

/**
 * Asks hosts over `queue`.
 * @throws {UserError} if the connection to the hub ends
 */
export async function ping(queue: Pick<Queue, "ping">, options: PingSettings): Promise<PingReport> {
  const { nodes, clock = systemClock } = options;
  const nonce = crypto.getRandomValues(new Uint8Array(32)).toHex();
  const away: string[] = [];
  using judge = new PongVerifier(nonce, { wall: clock.now(), at: clock.monotonic() });
  using round = queue.ping(nonce, {
    pong: (name, envelope, key) => judge.add({ name, envelope, key, at: clock.monotonic() }),
    absent: (name) => void away.push(name),
  }, nodes);
  await waitUntilOver(round.over, { ...options, clock });
  judge.finish();
  const { alive, unproven } = judge;
  const known = new Set([...alive.map(({ name }) => name), ...unproven.keys(), ...away]);
  return { alive, away, unproven, silent: nodes.filter((node) => !known.has(node)) };
}

/** Judges answers when there is time for it, in the order in which they came. */
class PongVerifier implements Disposable {
  readonly alive: AliveHost[] = [];
  readonly unproven = new Map<string, string>();
  readonly #nonce: string;
  readonly #begun: { readonly wall: number; readonly at: number };
  readonly #arrived: Arrival[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(nonce: string, begun: { readonly wall: number; readonly at: number }) {
    this.#nonce = nonce;
    this.#begun = begun;
  }

  add(arrival: Arrival): void {
    this.#arrived.push(arrival);
    this.#timer ??= setTimeout(() => this.#judgeSome(), 0);
  }

  finish(): void {
    for (const arrival of this.#arrived.splice(0)) this.#judge(arrival);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #judgeSome(): void {
    for (const arrival of this.#arrived.splice(0, VERIFIED_AT_ONCE)) this.#judge(arrival);
    const isMore = this.#arrived.length > 0;
    this.#timer = isMore ? setTimeout(() => this.#judgeSome(), 0) : undefined;
  }

  #judge({ name, envelope, key, at }: Arrival): void {
    const keys = (keyid: string) => keyid === key.keyid ? key : undefined;
    try {
      const { body } = verifyEnvelope(envelope, { payloadType: pongType, keys });
      if (body.name !== name || body.nonce !== this.#nonce) {
        this.unproven.set(name, "it has signed something else");
      } else this.alive.push(this.#times(body, at));
    } catch (error) {
      if (!(error instanceof EnvelopeError)) throw error;
      this.unproven.set(name, error.message);
    }
  }

  #times({ name, clockMs }: SignedPong, at: number): AliveHost {
    const { wall, at: begun } = this.#begun;
    const roundTripMs = at - begun;
    return { name, roundTripMs, clockAheadMs: Math.round(clockMs - (wall + roundTripMs / 2)) };
  }
}

async function waitUntilOver(
  over: Promise<void>,
  { timeoutMs, clock, signal }: Pick<PingSettings, "timeoutMs" | "signal"> & { clock: Clock },
): Promise<void> {
  using limit = deadline(timeoutMs, { clock, signal });
  await raceAbort(over, limit.signal).catch((error) => {
    if (!limit.signal.aborted) throw error;
  });
}

/** What is asked of whom. */
export interface RemotePingOptions {
  /** What hosts must sign. */
  readonly nonce: string;
  /** Receives what they answer. */
  readonly sink: QueuePingSink;
  /** Their names. */
  readonly nodes: readonly string[];
  /** Which key belongs to which agent. */
  readonly pins: Pick<PinnedKeys, "get">;
}

/** Begins to ask. */
export function remotePing(
  link: HubConnection,
  { nonce, sink, nodes, pins }: RemotePingOptions,
): QueuePing {
  const { promise: over, resolve, reject } = Promise.withResolvers<void>();
  over.catch(() => {});
  link.ended.then(() => reject(new UserError("the hub has closed the connection")));
  const take = (answer: HubReply) => {
    if (answer.kind === "pong") deliverPong(answer, { sink, pins });
    else if (answer.kind === "absent") sink.absent(answer.name);
    else if (answer.kind === "done") resolve();
    else if (answer.kind === "failed") reject(refusalError(answer));
  };
  const asks = [...nodesCalls(nodes), { kind: "ping", nonce } as const];
  const conversation = link.converse(asks, take);
  return { over, [Symbol.dispose]: () => conversation[Symbol.dispose]() };
}

/** Of a key that nobody may use nothing is believed: such a host does not answer. */
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
