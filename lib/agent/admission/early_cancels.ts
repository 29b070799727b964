/**
 * Cancels that arrive before their request. A hub may deliver the request later, so a cancel is
 * remembered on disk until no request that was signed before it can start any more.
 * @module
 */
import { type Clock, systemClock } from "../../base/clock.ts";
import type { Directive } from "../../envelope/statements/directive.ts";
import { MAX_CLOCK_SKEW_S, MAX_REQUEST_LIFE_MS } from "../../envelope/trust/freshness.ts";
import { isUnrestricted } from "../../envelope/trust/key_restrictions.ts";
import type { TrustedKey } from "../../envelope/trust/trust_file.ts";
import type { Journal } from "../records/journal.ts";
import type { AdmittedJob } from "./admission.ts";
import type { TrustStore } from "./trust_store.ts";

/** The request that a directive is about. */
export type DirectedRequest = Pick<AdmittedJob, "id" | "digest" | "signers">;

/** Options of the remembered cancels. */
interface EarlyCancelsOptions {
  /** Stores the cancels. */
  readonly journal: Pick<Journal, "addCancel" | "cancelsOf">;
  /** The trusted keys. */
  readonly trust: Pick<TrustStore, "get">;
  /** The source of time; the system clock by default. */
  readonly clock?: Clock;
}

/** How far two operators' clocks may differ, in milliseconds: each is that far from the host's. */
const SKEW_MS = 2 * MAX_CLOCK_SKEW_S * 1_000;

/** The cancels of requests that this agent does not know yet. */
export class EarlyCancels {
  readonly #options: EarlyCancelsOptions;

  /** Uses the cancels in the journal. */
  constructor(options: EarlyCancelsOptions) {
    this.#options = options;
  }

  /**
   * Remembers a verified cancel of these keys; false if it was remembered before. Throws if the
   * journal cannot be written.
   */
  add({ job, request = "", issued }: Directive, keyids: readonly string[]): boolean {
    const until = issued + MAX_REQUEST_LIFE_MS + SKEW_MS; // check: cancel-memory
    const { journal } = this.#options;
    const added = keyids.map((keyid) => journal.addCancel({ job, keyid, digest: request, until }));
    return added.includes(true);
  }

  /** Whether a remembered cancel, of a key that may cancel it, is about this request. */
  covers({ id, digest, signers }: DirectedRequest): boolean {
    const { journal, trust, clock = systemClock } = this.#options;
    return journal.cancelsOf(id).some((cancel) => {
      if (cancel.digest !== "" && cancel.digest !== digest) return false; // check: cancel-digest
      const entry = trust.get(cancel.keyid);
      return entry !== undefined && mayDirect(entry, signers, clock); // check: cancel-key
    });
  }
}

/**
 * Whether a trusted key may direct a request of these signers: a key that signed it, or one without
 * restrictions.
 */
export function mayDirect(entry: TrustedKey, signers: readonly string[], clock: Clock): boolean {
  if (entry.expires !== undefined && clock.now() >= entry.expires * 1_000) return false;
  return isUnrestricted(entry) || signers.includes(entry.key.keyid);
}
