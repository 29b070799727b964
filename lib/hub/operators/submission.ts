/**
 * Parses the jobs and directives that operators submit for agents. The hub checks the form only:
 * each agent verifies and admits for itself.
 * @module
 */
import { cancelType, confirmType } from "../../envelope/statements/directive.ts";
import { EnvelopeError } from "../../envelope/errors.ts";
import { legacyDigest } from "../../protocol/legacy_command.ts";
import { readUnverified } from "../../envelope/signing/unverified_envelope.ts";
import { requestType } from "../../envelope/statements/request.ts";
import { decodeHubMessage, type HubMessage } from "../../protocol/agent/messages.ts";
import type { JobDescription, JobSpec } from "../../protocol/job/job_spec.ts";
import { RemoteInput } from "../input/remote_input.ts";
import type { DirectiveCall, SubmitCall } from "../../protocol/operator/calls.ts";

/** A job, and its description for people. */
export interface ParsedSubmission {
  /** The job to submit. */
  readonly spec: JobSpec;
  /** The description for people. */
  readonly description: JobDescription;
}

/**
 * Parses the job that `ask` submits for `nodes`.
 * @throws {EnvelopeError} if it does not match the call
 */
export function parseSubmission(ask: SubmitCall, nodes: Iterable<string>): ParsedSubmission {
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
    description: { by: handed.by, target, summary },
  };
}

/**
 * Parses the message of a directive.
 * @throws {EnvelopeError} if it is not of this kind
 */
export function parseDirective(ask: DirectiveCall<"cancel" | "confirm">): HubMessage {
  const envelope = Uint8Array.fromBase64(ask.envelope);
  readUnverified(envelope, ask.kind === "cancel" ? cancelType : confirmType);
  return { kind: "sealed", envelope };
}

function peekRequest(message: HubMessage): { id: string; digest: string; by: string } {
  if (message.kind === "unsigned") {
    return { id: message.id, digest: legacyDigest(message), by: "unsigned" };
  }
  if (message.kind !== "sealed") throw new EnvelopeError("body", "not a request");
  const { claimed: { id }, digest, keyids } = readUnverified(message.envelope, requestType);
  return { id, digest, by: keyids.map(shortKeyid).join(" ") };
}

/** Shortens a key id, as OpenSSH shows keys. */
function shortKeyid(keyid: string): string {
  return "SHA256:" + Uint8Array.fromHex(keyid).toBase64({ omitPadding: true });
}
