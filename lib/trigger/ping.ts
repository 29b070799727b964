/**
 * Having hosts prove that they are there: each signs a nonce with the key that it is known by.
 * Imports `base` and `envelope`.
 * @module
 */
import { type Clock, systemClock } from "../base/clock.ts";
import { EnvelopeError } from "../envelope/errors.ts";
import { verifyEnvelope } from "../envelope/signing/verify_envelope.ts";
import { pongType, type SignedPong } from "../envelope/statements/session_statements.ts";
import type { PublicKey } from "../envelope/keys/public_key.ts";
import type { Queue } from "./queue.ts";

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
export interface PingOptions {
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
 * @throws {QueueError} if the connection to the hub ends
 */
export async function ping(queue: Pick<Queue, "ping">, options: PingOptions): Promise<PingReport> {
  const { nodes, clock = systemClock } = options;
  const nonce = crypto.getRandomValues(new Uint8Array(32)).toHex();
  const away: string[] = [];
  using judge = new Judge(nonce, { wall: clock.now(), at: clock.monotonic() });
  using round = queue.ping(nonce, {
    pong: (name, envelope, key) => judge.take({ name, envelope, key, at: clock.monotonic() }),
    absent: (name) => void away.push(name),
  }, nodes);
  await overOrLate(round.over, { ...options, clock });
  judge.finish();
  const { alive, unproven } = judge;
  const known = new Set([...alive.map(({ name }) => name), ...unproven.keys(), ...away]);
  return { alive, away, unproven, silent: nodes.filter((node) => !known.has(node)) };
}

/** Judges answers when there is time for it, in the order in which they came. */
class Judge implements Disposable {
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

  take(arrival: Arrival): void {
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

async function overOrLate(
  over: Promise<void>,
  { timeoutMs, clock, signal }: Pick<PingOptions, "timeoutMs" | "signal"> & { clock: Clock },
): Promise<void> {
  const done = new AbortController();
  const either = signal ? AbortSignal.any([signal, done.signal]) : done.signal;
  const late = clock.sleep(timeoutMs, either).catch(() => {});
  await Promise.race([over, late]).finally(() => done.abort());
}
