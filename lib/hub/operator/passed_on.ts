/**
 * What operators hand to a hub for its agents. The hub looks at its form only: whether it counts is
 * for each agent to judge. Imports `envelope`.
 * @module
 */
import { cancelType, confirmType } from "../../envelope/statements/directive.ts";
import { EnvelopeError } from "../../envelope/errors.ts";
import { legacyDigest } from "../../protocol/legacy_command.ts";
import { readUnverified } from "../../envelope/signing/unverified_envelope.ts";
import { requestType } from "../../envelope/statements/request.ts";
import { decodeHubMessage, type HubMessage } from "../../envelope/session.ts";
import type { JobOrder } from "../job.ts";
import type { JobDescription } from "../job_office.ts";
import { RemoteInput } from "../remote_input.ts";
import type { SubmitAsk } from "./asks.ts";
import type { DirectiveAsk } from "./directive_ask.ts";

/** An order, and what people want to know of it. */
export interface Submitted {
  /** What is to be done. */
  readonly order: JobOrder;
  /** What people want to know. */
  readonly description: JobDescription;
}

/**
 * The order that `ask` hands over for `nodes`.
 * @throws {EnvelopeError} if it is not the order that it says
 */
export function orderOf(ask: SubmitAsk, nodes: Iterable<string>): Submitted {
  const { id, digest, deliverMs, runMs, held, input, rate, target, summary } = ask;
  const message = decodeHubMessage(Uint8Array.fromBase64(ask.message));
  const handed = lookAt(message);
  if (handed.id !== id || handed.digest !== digest) {
    throw new EnvelopeError("body", "an order that is not the request it says");
  }
  return {
    order: {
      ...{ id, digest, message, deliverMs, runMs, held, nodes: [...nodes] },
      ...(input !== undefined && { input: new RemoteInput(input, rate) }),
    },
    description: { by: handed.by, target, summary },
  };
}

/**
 * The message of a directive.
 * @throws {EnvelopeError} if it is none of this kind
 */
export function directiveOf(ask: DirectiveAsk<"cancel" | "confirm">): HubMessage {
  const envelope = Uint8Array.fromBase64(ask.envelope);
  readUnverified(envelope, ask.kind === "cancel" ? cancelType : confirmType);
  return { kind: "sealed", envelope };
}

function lookAt(message: HubMessage): { id: string; digest: string; by: string } {
  if (message.kind === "unsigned") {
    return { id: message.id, digest: legacyDigest(message), by: "unsigned" };
  }
  if (message.kind !== "sealed") throw new EnvelopeError("body", "not an order");
  const { claimed: { id }, digest, keyids } = readUnverified(message.envelope, requestType);
  return { id, digest, by: keyids.map(shortKeyid).join(" ") };
}

/** As OpenSSH shows keys. */
function shortKeyid(keyid: string): string {
  return "SHA256:" + Uint8Array.fromHex(keyid).toBase64({ omitPadding: true });
}
