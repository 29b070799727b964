/**
 * Orders: what the hub is handed, signed or, for the first program's way, unsigned.
 * Imports `envelope`, `nodeset` and `hub` types.
 * @module
 */
import { newRequestId } from "../envelope/statements/body_fields.ts";
import { cancelType, confirmType, type Directive } from "../envelope/statements/directive.ts";
import {
  encodeLegacyCommand,
  type LegacyCommand,
  legacyDigest,
} from "../protocol/legacy_command.ts";
import { readUnverified } from "../envelope/signing/unverified_envelope.ts";
import { type Request, requestType } from "../envelope/statements/request.ts";
import { signEnvelope } from "../envelope/signing/sign_envelope.ts";
import type { SecretKey } from "../envelope/keys/secret_key.ts";
import { encodeSecrets, type SecretValues } from "../envelope/statements/secrets.ts";
import type { HubMessage } from "../envelope/session.ts";
import { encodeHubMessage } from "../envelope/session.ts";
import { printTarget, type Target } from "../nodeset/mod.ts";
import type { QueueOrder } from "./queue.ts";
import { runText } from "./run_text.ts";

/** An order before it is known which hosts it goes to, and how long they are waited for. */
export type Order = Omit<QueueOrder, "nodes" | "deliverMs">;

/** What an operator wants. The rest of the request follows from it. */
export interface Wish
  extends Omit<Request, "v" | "id" | "issued" | "expires" | "target" | "survive" | "secrets"> {
  /** Whether the command outlives its agent; it does not unless given. */
  readonly survive?: boolean;
  /** The hosts that are meant, without groups. */
  readonly target: Target;
  /** Environment variables whose values nobody else is to see. */
  readonly secrets?: SecretValues;
  /** How long a host may take to begin, in milliseconds, the time of a splay not counted. */
  readonly lifeMs: number;
}

/** What an agent may need beyond the time limit: ending the command, and saying so. */
const GRACE_MS = 30_000;

/**
 * Signs `wish` with `keys`.
 * @throws {EnvelopeError} `body` if the wish breaks a rule of requests
 */
export function signRequest(
  { target, lifeMs, secrets, ...wish }: Wish,
  keys: readonly SecretKey[],
): SignedRequest {
  const issued = Date.now();
  const sealed = secrets && encodeSecrets(secrets);
  const request: Request = {
    v: 1,
    id: newRequestId(),
    issued,
    expires: issued + lifeMs + (wish.splayMs ?? 0),
    target: printTarget(target),
    ...wish,
    ...(sealed && { secrets: sealed.digest }),
    survive: wish.survive ?? false,
  };
  const envelope = signEnvelope(requestType, request, keys);
  // Who only asks what would happen keeps them.
  return sealed && wish.mode === "run" ? { envelope, secrets: sealed.part } : { envelope };
}

/** A request in its envelope. */
export interface SignedRequest {
  /** The bytes of the envelope. */
  readonly envelope: Uint8Array;
  /** What travels beside it: the values of its secrets. */
  readonly secrets?: Uint8Array;
}

/** The order to carry out a request that was signed, now or before. */
export function savedOrder(signed: SignedRequest): Order {
  const { envelope } = signed;
  const { claimed, digest } = readUnverified(envelope, requestType);
  const { id, timeoutMs, splayMs = 0, undo, target, run } = claimed;
  const undoMs = undo ? undo.withinMs + timeoutMs + GRACE_MS : 0;
  const runMs = splayMs + timeoutMs + GRACE_MS + undoMs;
  const about = { target, summary: runText(run) };
  return { id, digest, message: { kind: "sealed", ...signed }, runMs, about };
}

/** The order to carry out `wish`, signed with `keys`; throws as {@linkcode signRequest}. */
export function signedOrder(wish: Wish, keys: readonly SecretKey[]): Order {
  return savedOrder(signRequest(wish, keys));
}

/** How long a directive counts, in milliseconds. */
const DIRECTIVE_LIFE_MS = 60_000;

/** The request that a directive is about, and its hosts. */
export interface Directed {
  /** The id of the request. */
  readonly job: string;
  /** The hosts that are meant, without groups. */
  readonly target: Target;
}

/** The message by which `key` has a request stopped. */
export function signedCancel(directed: Directed, key: SecretKey): HubMessage {
  return { kind: "sealed", envelope: signEnvelope(cancelType, directive(directed), [key]) };
}

/** The message by which `key` lets stay what a request has changed. */
export function signedConfirm(directed: Directed, key: SecretKey): HubMessage {
  return { kind: "sealed", envelope: signEnvelope(confirmType, directive(directed), [key]) };
}

function directive({ job, target }: Directed): Directive {
  const issued = Date.now();
  const expires = issued + DIRECTIVE_LIFE_MS;
  return { v: 1, id: newRequestId(), issued, expires, target: printTarget(target), job };
}

/** How long an unsigned command may run before its host is counted as lost: a day. */
const UNSIGNED_RUN_MS = 86_400_000;

/**
 * An order that nobody signs. Only agents that were started with `--insecure` obey it.
 * @throws {EnvelopeError} `legacy` if the first program's wire cannot carry the command, `body` if
 * it is too long
 */
export function unsignedOrder(command: LegacyCommand): Order {
  encodeLegacyCommand(command);
  const id = newRequestId();
  const message = { kind: "unsigned", id, ...command } as const;
  encodeHubMessage(message);
  const digest = legacyDigest(command);
  const about = { target: command.host, summary: command.command };
  return { id, digest, message, runMs: UNSIGNED_RUN_MS, about };
}
