/**
 * The login on one operator's connection: verifies it, and finds out when it no longer counts,
 * because the key was removed, has expired, or has other rights.
 * @module
 */
import { type Clock, MAX_TIMER_MS } from "../../base/clock.ts";
import { EnvelopeError } from "../../envelope/errors.ts";
import { verifyEnvelope } from "../../envelope/signing/verify_envelope.ts";
import { loginType } from "../../envelope/statements/session_statements.ts";
import { OperatorAccess } from "./operator_access.ts";
import {
  hasExpired,
  isSameOperator,
  type OperatorTrust,
  type TrustedOperator,
} from "./operator_trust.ts";

/** Options of a login. */
export interface OperatorLoginOptions {
  /** The operators that are trusted. */
  readonly trust: OperatorTrust;
  /** Whether a login is required. Without it the peer is the hub's owner. */
  readonly required: boolean;
  /** The source of time. */
  readonly clock: Clock;
  /** Called when the key expires. */
  readonly expired: () => void;
}

/** The reason for which a login no longer counts. */
export interface LoginLapse {
  /** The operator as at the login. */
  readonly operator: TrustedOperator;
  /** The reason, for people. */
  readonly reason: string;
  /** Whether another login with the key would fail. */
  readonly isFinal: boolean;
}

/** A login with a key that was trusted once. */
export class ExpiredKeyError extends EnvelopeError {
  /** The class, for logs. */
  override readonly name = "ExpiredKeyError";

  /** Creates the error. */
  constructor() {
    super("unknown-signer", KEY_EXPIRED);
  }
}

const KEY_EXPIRED = "your key has expired at this hub";

/** The login on one connection. */
export class OperatorLogin implements Disposable {
  /** The nonce that the login must sign, so that it is valid for one connection. */
  readonly nonce: string = crypto.getRandomValues(new Uint8Array(32)).toHex();
  readonly #options: OperatorLoginOptions;
  readonly #ending = new AbortController();
  #access: OperatorAccess | undefined;

  /** Waits for a login, if one is required. */
  constructor(options: OperatorLoginOptions) {
    this.#options = options;
    if (!options.required) this.#access = new OperatorAccess();
  }

  /** What the peer may do; `undefined` before the login. */
  get access(): OperatorAccess | undefined {
    return this.#access;
  }

  /**
   * Verifies the login in `envelope`.
   * @throws {ExpiredKeyError} if its key has expired
   * @throws {EnvelopeError} if it does not count
   */
  logIn(envelope: Uint8Array): void {
    const operator = this.#verify(envelope);
    this.#access = new OperatorAccess(operator);
    void this.#watchExpiry(operator);
  }

  /** Returns why the login no longer counts; `undefined` if it counts, or there was none. */
  findLapse(): LoginLapse | undefined {
    const { trust, clock } = this.#options;
    const operator = this.#access?.operator;
    if (!operator) return undefined;
    const current = trust.get(operator.key.keyid);
    if (!current) return { operator, reason: "this hub no longer trusts your key", isFinal: true };
    if (hasExpired(current, clock.now())) { // check: expired-session
      return { operator, reason: KEY_EXPIRED, isFinal: true };
    }
    if (isSameOperator(operator, current)) return undefined; // check: changed-rights
    return { operator, reason: "the rights of the key have changed", isFinal: false };
  }

  /** Stops waiting for the key to expire. */
  [Symbol.dispose](): void {
    this.#ending.abort();
  }

  #verify(envelope: Uint8Array): TrustedOperator {
    const { trust, clock } = this.#options;
    const keys = (keyid: string) => trust.get(keyid)?.key;
    const { body, signers: [signer] } = verifyEnvelope(envelope, { payloadType: loginType, keys });
    // check: login-nonce
    if (body.nonce !== this.nonce) {
      throw new EnvelopeError("body", "a login for another connection");
    }
    // check: second-login
    if (this.#access) throw new EnvelopeError("body", "a second login on one connection");
    const operator = signer && trust.get(signer.keyid);
    if (!operator) throw new EnvelopeError("unknown-signer", "not signed by a trusted key");
    if (hasExpired(operator, clock.now())) throw new ExpiredKeyError(); // check: expired-login
    return operator;
  }

  /** Reports the expiry once the key has expired. A message of the peer may reveal it before. */
  async #watchExpiry({ expires }: TrustedOperator): Promise<void> {
    if (expires === undefined) return;
    const { clock, expired } = this.#options;
    const { signal } = this.#ending;
    while (!signal.aborted) {
      const left = Math.min(Math.max(1, expires * 1_000 - clock.now()), MAX_TIMER_MS);
      await clock.sleep(left, signal).catch(() => {});
      if (!signal.aborted) expired(); // check: expiry-timer
    }
  }
}
