/**
 * Parses the jobs that operators submit for agents. The hub checks the form, and records who has
 * signed and submitted a job. Each agent verifies and admits for itself.
 * @module
 */
import { fingerprint } from "../../envelope/keys/public_key.ts";
import { releaseType } from "../../envelope/statements/directive.ts";
import { EnvelopeError } from "../../envelope/errors.ts";
import { legacyDigest } from "../../protocol/legacy_command.ts";
import { readUnverified } from "../../envelope/signing/unverified_envelope.ts";
import { verifyEnvelope } from "../../envelope/signing/verify_envelope.ts";
import { requestType } from "../../envelope/statements/request.ts";
import { decodeHubMessage, type HubMessage } from "../../protocol/agent/messages.ts";
import type { JobDescription, JobSpec } from "../../protocol/job/job_spec.ts";
import { RemoteInput } from "../input/remote_input.ts";
import type { ReleaseCall, SubmitCall } from "../../protocol/operator/calls.ts";
import type { OperatorTrust, TrustedOperator } from "./operator_trust.ts";

/** A job, and its description for people. */
export interface ParsedSubmission {
  /** The job to submit. */
  readonly spec: JobSpec;
  /** The description for people. */
  readonly description: JobDescription;
}

/** The operator that submits a job. */
export interface Submitter {
  /** The operator that has logged in; `undefined` for the hub's owner. */
  readonly operator: TrustedOperator | undefined;
  /** The trusted operators. */
  readonly trust: OperatorTrust;
}

/**
 * Parses the job that `ask` submits for `nodes`.
 * @throws {EnvelopeError} if it does not match the call
 */
export function parseSubmission(
  ask: SubmitCall,
  nodes: Iterable<string>,
  submitter: Submitter,
): ParsedSubmission {
  const { id, digest, deliverMs, runMs, held, input, rate, target, summary } = ask;
  const message = decodeHubMessage(Uint8Array.fromBase64(ask.message));
  const handed = peekRequest(message);
  if (handed.id !== id || handed.digest !== digest) {
    throw new EnvelopeError("body", "id or digest differs from the request");
  }
  return {
    spec: {
      ...{ id, digest, message, deliverMs, runMs, held, nodes: [...nodes] },
      ...(input !== undefined && { input: new RemoteInput(input, rate) }),
    },
    description: { by: ownersOf(message, handed.by, submitter), target, summary },
  };
}

/**
 * Returns the fingerprints of the operators whose job it is. Anybody can put the id of another key
 * on a request, so of an operator who has logged in only verified signatures count.
 */
function ownersOf(
  message: HubMessage,
  claimed: readonly string[],
  { operator, trust }: Submitter,
): string {
  if (!operator) return claimed.join(" ");
  // check: verified-owner
  const signers = message.kind === "sealed" ? signersOf(message.envelope, trust) : claimed;
  return [...new Set([...signers, fingerprint(operator.key)])].join(" ");
}

/** Returns the trusted signers of a request. Agents may trust keys that the hub does not. */
function signersOf(envelope: Uint8Array, trust: OperatorTrust): readonly string[] {
  try {
    const keys = (keyid: string) => trust.get(keyid)?.key;
    return verifyEnvelope(envelope, { payloadType: requestType, keys }).signers.map(fingerprint);
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error;
    return [];
  }
}

/**
 * Parses the message of a release; `undefined` if the call has none.
 * @throws {EnvelopeError} if it is not a release
 */
export function parseRelease({ envelope: encoded }: ReleaseCall): HubMessage | undefined {
  if (encoded === undefined) return undefined;
  const envelope = Uint8Array.fromBase64(encoded);
  readUnverified(envelope, releaseType);
  return { kind: "sealed", envelope };
}

function peekRequest(
  message: HubMessage,
): { id: string; digest: string; by: readonly string[] } {
  if (message.kind === "unsigned") {
    return { id: message.id, digest: legacyDigest(message), by: ["unsigned"] };
  }
  if (message.kind !== "sealed") throw new EnvelopeError("body", "not a request");
  const { claimed: { id }, digest, keyids } = readUnverified(message.envelope, requestType);
  return { id, digest, by: keyids.map((keyid) => fingerprint({ keyid })) };
}
