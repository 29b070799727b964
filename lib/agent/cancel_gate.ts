/**
 * Judges whether a command is to be stopped because an operator says so.
 * Imports `base`, `envelope` and `nodeset`.
 * @module
 */
import { type Clock, systemClock } from "../base/clock.ts";
import { type Cancel, cancelType } from "../envelope/cancel.ts";
import { decodeEnvelope } from "../envelope/container.ts";
import { EnvelopeError } from "../envelope/errors.ts";
import { judgeFreshness } from "../envelope/freshness.ts";
import { open, type Verified } from "../envelope/open.ts";
import type { TrustEntry } from "../envelope/trust.ts";
import { isUnbound } from "../envelope/trust_options.ts";
import { matches, parseSignedTarget, TargetError, type TargetNode } from "../nodeset/target.ts";
import { FOR_ANOTHER_HOST } from "./admission.ts";
import type { TrustStore } from "./trust_store.ts";

/** What the judge needs to know. */
export interface CancelGateOptions {
  /** The agent itself: its name is compared exactly. */
  readonly node: TargetNode;
  /** Whose signatures count. */
  readonly trust: TrustStore;
  /** The keyids that signed a request that runs or waits; `undefined` if there is none of this id. */
  readonly signersOf: (job: string) => readonly string[] | undefined;
  /** Where time comes from. */
  readonly clock?: Clock;
}

/** The decision. */
export type CancelDecision =
  /** The command of request `job` is to be stopped; `by` is the name of the key that says so. */
  | { readonly kind: "cancel"; readonly job: string; readonly by: string }
  /** Nothing is to be done. */
  | { readonly kind: "ignore"; readonly reason: string };

/** Whether an envelope says that it is a cancel; nothing of it is verified. */
export function looksLikeCancel(envelope: Uint8Array): boolean {
  try {
    return decodeEnvelope(envelope).payloadType === cancelType.name;
  } catch (error) {
    if (error instanceof EnvelopeError) return false;
    throw error;
  }
}

/**
 * Judges cancels. Whoever signed a request may stop it, and so may a key that may do everything
 * here. To be told twice does no harm, so nothing is remembered.
 */
export class CancelGate {
  readonly #options: CancelGateOptions;

  /** Makes a judge. */
  constructor(options: CancelGateOptions) {
    this.#options = options;
  }

  /** Judges a cancel. Never throws on what a stranger sent. */
  judge(envelope: Uint8Array): CancelDecision {
    try {
      return this.#decide(open(envelope, {
        payloadType: cancelType,
        keys: (keyid) => this.#options.trust.get(keyid)?.key,
      }));
    } catch (error) {
      if (!(error instanceof EnvelopeError || error instanceof TargetError)) throw error;
      return ignore(error.message);
    }
  }

  #decide({ body, signers }: Verified<Cancel>): CancelDecision {
    const { node, trust, signersOf } = this.#options;
    if (!matches(parseSignedTarget(body.target), node)) return ignore(FOR_ANOTHER_HOST);
    const stale = this.#staleness(body);
    if (stale !== undefined) return ignore(`a cancel came too late: ${stale}`);
    const requesters = signersOf(body.job);
    if (!requesters) return ignore("a cancel of a command that does not run");
    const entries = signers.flatMap((key) => trust.get(key.keyid) ?? []);
    const entitled = entries.find((entry) => this.#mayStop(entry, requesters));
    if (!entitled) return ignore("a cancel by a key that may not stop this command");
    return { kind: "cancel", job: body.job, by: entitled.comment };
  }

  #staleness({ issued, expires }: Cancel): string | undefined {
    const { clock = systemClock } = this.#options;
    const times = { issued: issued / 1_000, expires: expires / 1_000 };
    const freshness = judgeFreshness(times, {
      now: clock.now() / 1_000,
      floor: 0,
      greatestIssued: 0,
    });
    return freshness.kind === "stale" ? freshness.reason : undefined;
  }

  #mayStop(entry: TrustEntry, requesters: readonly string[]): boolean {
    const { clock = systemClock } = this.#options;
    if (entry.expires !== undefined && clock.now() >= entry.expires * 1_000) return false;
    return isUnbound(entry) || requesters.includes(entry.key.keyid);
  }
}

function ignore(reason: string): CancelDecision {
  return { kind: "ignore", reason };
}
