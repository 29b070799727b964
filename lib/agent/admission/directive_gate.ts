/**
 * Checks directives: signed messages of an operator that release a held job, cancel a job or
 * confirm its change. A cancel may come before its request and is then remembered.
 * @module
 */
import { type Clock, systemClock } from "../../base/clock.ts";
import { messageOf } from "../../base/errors.ts";
import {
  cancelType,
  confirmType,
  type Directive,
  releaseType,
} from "../../envelope/statements/directive.ts";
import { decodeEnvelope } from "../../envelope/signing/dsse_envelope.ts";
import { EnvelopeError } from "../../envelope/errors.ts";
import {
  checkFreshness,
  DEFAULT_MAX_LIFETIME_S,
  LARGEST_MAX_LIFETIME_S,
} from "../../envelope/trust/freshness.ts";
import { type Verified, verifyEnvelope } from "../../envelope/signing/verify_envelope.ts";
import type { PayloadType } from "../../envelope/signing/payload_type.ts";
import type { TrustedKey } from "../../envelope/trust/trust_file.ts";
import {
  matchesTarget,
  parseSignedTarget,
  TargetError,
  type TargetNode,
} from "../../nodeset/mod.ts";
import type { Journal } from "../records/journal.ts";
import { FOR_ANOTHER_HOST } from "./admission.ts";
import { type DirectedRequest, type EarlyCancels, mayDirect } from "./early_cancels.ts";
import type { TrustStore } from "./trust_store.ts";

/** Options of a directive gate. */
interface DirectiveGateOptions {
  /** The agent's own name and facts; the name is compared exactly. */
  readonly node: TargetNode;
  /** The trusted keys. */
  readonly trust: TrustStore;
  /** Returns the running or waiting request of this id, if there is one. */
  readonly jobOf: (id: string) => DirectedJob | undefined;
  /** Knows the requests that this host has accepted. */
  readonly journal: Pick<Journal, "digestOf">;
  /** Remembers cancels of requests that are not known yet. */
  readonly earlyCancels: EarlyCancels;
  /** The source of time. */
  readonly clock?: Clock;
}

/** A running or waiting request. */
export interface DirectedJob extends DirectedRequest {
  /** Whether it waits for a release. */
  readonly isHeld: boolean;
}

/** The decision about a directive. */
export type DirectiveDecision =
  /** Cancels the command of request `job`; `by` names the key. */
  | { readonly kind: "cancel"; readonly job: string; readonly by: string }
  /** Cancels request `job`, which has not arrived yet. */
  | { readonly kind: "cancel-early"; readonly job: string; readonly by: string }
  /** Starts the held request `job`. */
  | { readonly kind: "release"; readonly job: string; readonly by: string }
  /** Confirms the change of request `job`. */
  | { readonly kind: "confirm"; readonly job: string; readonly by: string }
  /** Changes nothing. */
  | { readonly kind: "ignore"; readonly reason: string };

/** The kinds of directives. */
export type DirectiveKind = "cancel" | "confirm" | "release";

const PAYLOAD_TYPES: Readonly<Record<DirectiveKind, PayloadType<Directive>>> = {
  cancel: cancelType,
  confirm: confirmType,
  release: releaseType,
};

/**
 * The longest life of a directive, in seconds. A release names the request that it starts, which
 * runs once, so it may live as long as that request.
 */
const MAX_LIFE_S: Readonly<Record<DirectiveKind, number>> = {
  cancel: DEFAULT_MAX_LIFETIME_S,
  confirm: DEFAULT_MAX_LIFETIME_S,
  release: LARGEST_MAX_LIFETIME_S,
};

/** Returns the kind of directive in an envelope, if it is one. Verifies nothing. */
export function peekDirectiveKind(envelope: Uint8Array): DirectiveKind | undefined {
  try {
    const { payloadType } = decodeEnvelope(envelope);
    return (["cancel", "confirm", "release"] as const).find((kind) =>
      PAYLOAD_TYPES[kind].name === payloadType
    );
  } catch (error) {
    if (error instanceof EnvelopeError) return undefined;
    throw error;
  }
}

/**
 * Checks directives. A job may be released, cancelled or confirmed by its signers, and by keys
 * without restrictions. A repeated directive is harmless: only cancels without a job are remembered.
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
    const { node, trust, jobOf, clock = systemClock } = this.#options;
    // check: directive-target
    if (!matchesTarget(parseSignedTarget(body.target), node)) return ignore(FOR_ANOTHER_HOST);
    const stale = this.#checkFreshness(kind, body);
    // check: directive-times
    if (stale !== undefined) return ignore(`${kind} is not valid now: ${stale}`);
    const entries = signers.flatMap((key) => trust.get(key.keyid) ?? []);
    const job = jobOf(body.job);
    // check: directive-digest
    const isAboutJob = job && (body.request === undefined || body.request === job.digest);
    if (!isAboutJob) {
      // check: directive-command
      if (kind !== "cancel") return ignore(`${kind} of a command that is not running`);
      return this.#cancelEarly(body, entries);
    }
    const entitled = entries.find((entry) => mayDirect(entry, job.signers, clock));
    // check: directive-key
    if (!entitled) return ignore(`${kind} by a key that may not ${kind} this command`);
    // check: directive-held
    if (kind === "release" && !job.isHeld) return ignore("release of a command that is not held");
    return { kind, job: body.job, by: entitled.comment };
  }

  /** Remembers a cancel of a request that this host has not accepted. */
  #cancelEarly(body: Directive, entries: readonly TrustedKey[]): DirectiveDecision {
    const { journal, earlyCancels } = this.#options;
    try {
      const known = journal.digestOf(body.job);
      // check: early-cancel-known
      if (known !== undefined && (body.request === undefined || body.request === known)) {
        return ignore("cancel of a command that is not running");
      }
      const isNew = earlyCancels.add(body, entries.map(({ key }) => key.keyid));
      if (!isNew) return ignore("cancel that is remembered already");
    } catch (error) {
      return ignore(`cannot remember the cancel: ${messageOf(error)}`);
    }
    const by = entries.map(({ comment }) => comment).join(" and ");
    return { kind: "cancel-early", job: body.job, by };
  }

  #checkFreshness(kind: DirectiveKind, { issued, expires }: Directive): string | undefined {
    const { clock = systemClock } = this.#options;
    const times = { issued: issued / 1_000, expires: expires / 1_000 };
    const freshness = checkFreshness(times, {
      now: clock.now() / 1_000,
      floor: 0,
      greatestIssued: 0,
      maxLife: MAX_LIFE_S[kind],
    });
    return freshness.kind === "stale" ? freshness.reason : undefined;
  }
}

function ignore(reason: string): DirectiveDecision {
  return { kind: "ignore", reason };
}
