/**
 * Verifies directives before the hub acts on them or forwards them: the signature, the key, and
 * whether the key may direct this job. The agents check the same for themselves, with their own
 * trust files, and the times and hosts of the directive too. The hub leaves those two to them: its
 * clock proves nothing, and whoever sends the directive may act on all hosts of the job.
 * @module
 */
import { fingerprint } from "../../envelope/keys/public_key.ts";
import { EnvelopeError } from "../../envelope/errors.ts";
import { readUnverified } from "../../envelope/signing/unverified_envelope.ts";
import { verifyEnvelope } from "../../envelope/signing/verify_envelope.ts";
import { cancelType, confirmType } from "../../envelope/statements/directive.ts";
import type { HubMessage } from "../../protocol/agent/messages.ts";
import type { DirectiveCall } from "../../protocol/operator/calls.ts";
import type { JobRecord } from "../store/job_record.ts";
import { type Denial, OperatorAccess } from "./operator_access.ts";
import { hasExpired, type OperatorTrust, type TrustedOperator } from "./operator_trust.ts";
import { isJobOf } from "./readable_jobs.ts";

/** A directive that the hub may act on, or the reason why not. */
export type DirectiveVerdict =
  | { readonly kind: "message"; readonly message: HubMessage }
  | { readonly kind: "denied"; readonly denial: Denial };

/** The circumstances of a directive. */
export interface DirectiveContext {
  /** The job that it is about, if the hub has it. */
  readonly job: JobRecord | undefined;
  /** The access of the connection. */
  readonly access: OperatorAccess;
  /** The trusted operators. */
  readonly trust: OperatorTrust;
  /** The time in Unix milliseconds. */
  readonly nowMs: number;
}

/**
 * Verifies the directive in `ask`.
 * @throws {EnvelopeError} if it is not one of this kind
 */
export function verifyDirective(
  ask: DirectiveCall<"cancel" | "confirm">,
  { job, access, trust, nowMs }: DirectiveContext,
): DirectiveVerdict {
  const { kind, id } = ask;
  const envelope = Uint8Array.fromBase64(ask.envelope);
  const payloadType = kind === "cancel" ? cancelType : confirmType;
  const { claimed, keyids } = readUnverified(envelope, payloadType);
  if (claimed.job !== id) return denied(`the ${kind} is about another job`); // check: directive-job
  const message: HubMessage = { kind: "sealed", envelope };
  const isKnown = keyids.some((keyid) => trust.get(keyid));
  // The owner of the hub may withdraw a job whose keys are known to agents alone.
  // check: owner-directive
  if (!isKnown && !access.operator && (!job || keyids.some((keyid) => isSigner(keyid, job)))) {
    return { kind: "message", message };
  }
  try {
    const keys = (keyid: string) => trust.get(keyid)?.key;
    const { signers } = verifyEnvelope(envelope, { payloadType, keys });
    const operators = signers.flatMap(({ keyid }) => trust.get(keyid) ?? []);
    const denial = checkSigners(operators, { kind, job, access, nowMs });
    return denial ? { kind: "denied", denial } : { kind: "message", message };
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error;
    return denied(`the ${kind} is not signed by a key that this hub trusts`);
  }
}

function checkSigners(
  signers: readonly TrustedOperator[],
  { kind, job, access, nowMs }: Omit<DirectiveContext, "trust"> & { readonly kind: string },
): Denial | undefined {
  const valid = signers.filter((signer) => !hasExpired(signer, nowMs)); // check: directive-expiry
  if (valid.length === 0) return { code: "refused", message: `the key of the ${kind} has expired` };
  // The socket of the hub's owner gives the right to direct every job.
  if (!job || !access.operator) return undefined;
  const mayDirect = (signer: TrustedOperator) =>
    new OperatorAccess(signer).mayDirect(job, "cancel");
  if (valid.some(mayDirect)) return undefined; // check: directive-right
  return { code: "refused", message: `the key of the ${kind} may not direct this job`, hint: HINT };
}

const HINT = "sign it with the key of the job, or with one that has the right cancel at this hub";

function isSigner(keyid: string, job: JobRecord): boolean {
  return isJobOf(fingerprint({ keyid }), job);
}

function denied(message: string): DirectiveVerdict {
  const hint = "have the hub's administrator add the line that nanotrigger key prints";
  return { kind: "denied", denial: { code: "refused", message, hint } };
}
