/**
 * Verifies the results that a hub sends: a result must be signed with the key that is pinned for its
 * host.
 * @module
 */
import { EnvelopeError } from "../../envelope/errors.ts";
import { verifyEnvelope } from "../../envelope/signing/verify_envelope.ts";
import {
  type PinnedKeys,
  type PublicKey,
  publicKeyFromBase64,
} from "../../envelope/keys/public_key.ts";
import { resultType } from "../../envelope/statements/result.ts";
import type { EndedState, VerifiedFinalState } from "../../protocol/job/host_state.ts";

/** A result as the hub sends it. */
export interface UnverifiedResult extends Pick<EndedState, "envelope"> {
  /** The name of the host. */
  readonly node: string;
  /** The key that the hub has pinned for the agent, in base64. */
  readonly key?: string | undefined;
}

/** The request of a result, and the keys. */
export interface ExpectedResult {
  /** The id of the request. */
  readonly id: string;
  /** Hex SHA-256 of the request; without it a result for any request with this id is accepted. */
  readonly digest?: string | undefined;
  /** The pinned keys of the agents. A key is pinned when it is seen first. */
  readonly pins: PinnedKeys;
}

/** Returns the verified final state of a host; `lost` if the result cannot be verified. */
export function verifyResult(
  { node, envelope, key = "" }: UnverifiedResult,
  { id, digest, pins }: ExpectedResult,
): VerifiedFinalState {
  try {
    const known = pinnedKeyOr(node, key, pins);
    if (key !== "" && isOtherKey(node, key, pins)) {
      return { kind: "lost", reason: otherKeyReason(node) };
    }
    const keys = (keyid: string) => keyid === known.keyid ? known : undefined;
    const verified = verifyEnvelope(envelope, { payloadType: resultType, keys });
    const { body } = verified;
    if (body.id !== id || body.agent !== node || body.request !== (digest ?? body.request)) {
      return { kind: "lost", reason: "the hub sent a result of another request" };
    }
    if (!pins.get(node)) pins.set(node, known);
    return { kind: "ended", result: verified, envelope };
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error;
    return { kind: "lost", reason: `result not valid: ${error.message}` };
  }
}

/** Returns whether another key than `key`, in base64, is pinned for `node`. */
export function isOtherKey(node: string, key: string, pins: Pick<PinnedKeys, "get">): boolean {
  return (pins.get(node)?.base64 ?? key) !== key;
}

/** Returns the reason for a host for which the hub has pinned another key, with the consequence. */
export function otherKeyReason(
  node: string,
  consequence: "result ignored" | "request not sent" = "result ignored",
): string {
  return `agent key of ${node} changed: ${consequence} ` +
    `(nanotrigger hosts forget ${node} if the host was reinstalled)`;
}

/**
 * Returns the key that is pinned for `node`, or else `key`, in base64, from the hub.
 * @throws {KeyError} if that key cannot be used
 */
export function pinnedKeyOr(node: string, key: string, pins: Pick<PinnedKeys, "get">): PublicKey {
  return pins.get(node) ?? publicKeyFromBase64(key);
}
