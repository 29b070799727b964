/**
 * Verifies the results that a hub shows: only what was signed by the agent that the operator knows
 * by this name is believed.
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

/** What a hub shows of a host that has ended. */
export interface UnverifiedResult extends Pick<EndedState, "envelope"> {
  /** The host. */
  readonly node: string;
  /** The key by which the hub knows the agent, in base64. */
  readonly key?: string | undefined;
}

/** What it must be the result of. */
export interface ExpectedResult {
  /** The id of the request. */
  readonly id: string;
  /** Hex SHA-256 of what was asked; without it the result is taken for whatever it answers. */
  readonly digest?: string | undefined;
  /** Which key belongs to which agent. A key that is seen for the first time is remembered. */
  readonly pins: PinnedKeys;
}

/** The verified state of a host that has ended; `lost` if its result cannot be believed. */
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
      return { kind: "lost", reason: "the hub has shown a result of something else" };
    }
    if (!pins.get(node)) pins.set(node, known);
    return { kind: "ended", result: verified, envelope };
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error;
    return { kind: "lost", reason: `its result cannot be believed: ${error.message}` };
  }
}

/** Whether `node` is known here by another key than `key`, in base64. */
export function isOtherKey(node: string, key: string, pins: Pick<PinnedKeys, "get">): boolean {
  return (pins.get(node)?.base64 ?? key) !== key;
}

/** What is said of a host whose agent the hub knows by another key than we do. */
export function otherKeyReason(node: string): string {
  return `its agent has another key than the one you know, so nothing it says is believed; ` +
    `if the host was set up anew: nanotrigger hosts forget ${node}`;
}

/**
 * The key by which `node` is known here, or else the one that the hub knows, in base64.
 * @throws {KeyError} if that is one that nobody may use
 */
export function pinnedKeyOr(node: string, key: string, pins: Pick<PinnedKeys, "get">): PublicKey {
  return pins.get(node) ?? publicKeyFromBase64(key);
}
