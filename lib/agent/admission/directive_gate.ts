/**
 * Checks directives: signed messages of an operator that cancel a job or confirm its change.
 * @module
 */
import { type Clock, systemClock } from "../../base/clock.ts";
import { cancelType, confirmType, type Directive } from "../../envelope/statements/directive.ts";
import { decodeEnvelope } from "../../envelope/signing/dsse_envelope.ts";
import { EnvelopeError } from "../../envelope/errors.ts";
import { checkFreshness } from "../../envelope/trust/freshness.ts";
import { type Verified, verifyEnvelope } from "../../envelope/signing/verify_envelope.ts";
import type { PayloadType } from "../../envelope/signing/payload_type.ts";
import type { TrustedKey } from "../../envelope/trust/trust_file.ts";
import { isUnrestricted } from "../../envelope/trust/key_restrictions.ts";
import {
  matchesTarget,
  parseSignedTarget,
  TargetError,
  type TargetNode,
} from "../../nodeset/mod.ts";
import { FOR_ANOTHER_HOST } from "./admission.ts";
import type { TrustStore } from "./trust_store.ts";

/** Options of a directive gate. */
interface DirectiveGateOptions {
  /** The agent's own name and facts; the name is compared exactly. */
  readonly node: TargetNode;
  /** The trusted keys. */
  readonly trust: TrustStore;
  /**
   * Returns the signers of a running or waiting request; `undefined` if there is none of this id.
   */
  readonly signersOf: (job: string) => readonly string[] | undefined;
  /** The source of time. */
  readonly clock?: Clock;
}

/** The decision about a directive. */
export type DirectiveDecision =
  /** Cancels the command of request `job`; `by` names the key. */
  | { readonly kind: "cancel"; readonly job: string; readonly by: string }
  /** Confirms the change of request `job`. */
  | { readonly kind: "confirm"; readonly job: string; readonly by: string }
  /** Changes nothing. */
  | { readonly kind: "ignore"; readonly reason: string };

/** The kinds of directives. */
export type DirectiveKind = "cancel" | "confirm";

const PAYLOAD_TYPES: Readonly<Record<DirectiveKind, PayloadType<Directive>>> = {
  cancel: cancelType,
  confirm: confirmType,
};

/** Returns the kind of directive in an envelope, if it is one. Verifies nothing. */
export function peekDirectiveKind(envelope: Uint8Array): DirectiveKind | undefined {
  try {
    const { payloadType } = decodeEnvelope(envelope);
    return (["cancel", "confirm"] as const).find((kind) =>
      PAYLOAD_TYPES[kind].name === payloadType
    );
  } catch (error) {
    if (error instanceof EnvelopeError) return undefined;
    throw error;
  }
}

/**
 * Checks directives. A job may be cancelled or confirmed by its signers, and by keys without
 * restrictions. A repeated directive is harmless, so none is remembered.
 */
export class DirectiveGate {
  readonly #options: DirectiveGateOptions;

  /** Creates a directive gate. */
  constructor(options: DirectiveGateOptions) {
    this.#options = options;
  }

  /** Checks a directive of this kind. Never throws on bytes of an unauthenticated peer. */
  check(kind: DirectiveKind, envelope: Uint8Array): DirectiveDecision {
    try {
      const keys = (keyid: string) => this.#options.trust.get(keyid)?.key;
      return this.#decide(
        kind,
        verifyEnvelope(envelope, { payloadType: PAYLOAD_TYPES[kind], keys }),
      );
    } catch (error) {
      if (!(error instanceof EnvelopeError || error instanceof TargetError)) throw error;
      return ignore(error.message);
    }
  }

  #decide(
    kind: DirectiveKind,
    { body, signers }: Verified<Directive>,
  ): DirectiveDecision {
    const { node, trust, signersOf } = this.#options;
    // check: directive-target
    if (!matchesTarget(parseSignedTarget(body.target), node)) return ignore(FOR_ANOTHER_HOST);
    const stale = this.#checkFreshness(body);
    // check: directive-times
    if (stale !== undefined) return ignore(`${kind} is not valid now: ${stale}`);
    const requesters = signersOf(body.job);
    // check: directive-command
    if (!requesters) return ignore(`${kind} of a command that is not running`);
    const entries = signers.flatMap((key) => trust.get(key.keyid) ?? []);
    const entitled = entries.find((entry) => this.#mayDirect(entry, requesters));
    // check: directive-key
    if (!entitled) return ignore(`${kind} by a key that may not ${kind} this command`);
    return { kind, job: body.job, by: entitled.comment };
  }

  #checkFreshness({ issued, expires }: Directive): string | undefined {
    const { clock = systemClock } = this.#options;
    const times = { issued: issued / 1_000, expires: expires / 1_000 };
    const freshness = checkFreshness(times, {
      now: clock.now() / 1_000,
      floor: 0,
      greatestIssued: 0,
    });
    return freshness.kind === "stale" ? freshness.reason : undefined;
  }

  #mayDirect(entry: TrustedKey, requesters: readonly string[]): boolean {
    const { clock = systemClock } = this.#options;
    if (entry.expires !== undefined && clock.now() >= entry.expires * 1_000) return false;
    return isUnrestricted(entry) || requesters.includes(entry.key.keyid);
  }
}

function ignore(reason: string): DirectiveDecision {
  return { kind: "ignore", reason };
}
