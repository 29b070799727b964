/**
 * Builds what is submitted to a hub: signed requests, also with streamed standard input, signed
 * directives that release, cancel or confirm, and unsigned commands for legacy agents. Blocks of streamed input
 * are signed with a fresh key, which the request names.
 * @module
 */
import { generateSecretKey, type SecretKey } from "../../envelope/keys/secret_key.ts";
import { signEnvelope } from "../../envelope/signing/sign_envelope.ts";
import { readUnverified } from "../../envelope/signing/unverified_envelope.ts";
import { newRequestId } from "../../envelope/statements/body_fields.ts";
import {
  cancelType,
  confirmType,
  type Directive,
  releaseType,
} from "../../envelope/statements/directive.ts";
import { type Request, requestType, type Run } from "../../envelope/statements/request.ts";
import { encodeSecrets, type SecretValues } from "../../envelope/statements/secrets.ts";
import { printTarget, type Target, targetOfNames } from "../../nodeset/mod.ts";
import { parseNodeSet } from "../../nodeset/sets/node_set.ts";
import { encodeHubMessage, type HubMessage } from "../../protocol/agent/messages.ts";
import { foldInParts } from "../../protocol/operator/calls.ts";
import {
  encodeLegacyCommand,
  type LegacyCommand,
  legacyDigest,
} from "../../protocol/legacy_command.ts";
import type { JobSubmission } from "../queue/queue.ts";
import { InputSigner, type StreamedSource } from "./input_signer.ts";

/** A signed request, without the hosts and the delivery deadline of a job. */
export type PreparedRequest = Omit<JobSubmission, "nodes" | "deliverMs">;

/** The choices of the operator. The rest of a request follows from them. */
export interface RequestSpec
  extends Omit<Request, "v" | "id" | "issued" | "expires" | "target" | "survive" | "secrets"> {
  /** Whether the command survives a restart of its agent; false by default. */
  readonly survive?: boolean;
  /** The target, without groups. */
  readonly target: Target;
  /** Environment variables with secret values. */
  readonly secrets?: SecretValues;
  /** How long the request is valid, in milliseconds, without the splay. */
  readonly lifeMs: number;
}

/** How long an agent may take after the time limit to kill the command and to report it, in milliseconds. */
const GRACE_MS = 30_000;

/**
 * Signs the request of `spec` with `keys`.
 * @throws {EnvelopeError} `body` if the request breaks a rule
 */
export function signRequest(
  { target, lifeMs, secrets, ...spec }: RequestSpec,
  keys: readonly SecretKey[],
): SignedRequest {
  const issued = Date.now();
  const sealed = secrets && encodeSecrets(secrets);
  const request: Request = {
    v: 1,
    id: newRequestId(),
    issued,
    expires: issued + lifeMs + (spec.splayMs ?? 0),
    target: printTarget(target),
    ...spec,
    ...(sealed && { secrets: sealed.digest }),
    survive: spec.survive ?? false,
  };
  const envelope = signEnvelope(requestType, request, keys);
  // A dry run needs no secrets.
  return sealed && spec.mode === "run" ? { envelope, secrets: sealed.part } : { envelope };
}

/** A request in its envelope, and its secrets. */
export interface SignedRequest {
  /** The bytes of the envelope. */
  readonly envelope: Uint8Array;
  /** The encoded values of the secrets, which the envelope holds as a digest only. */
  readonly secrets?: Uint8Array;
}

/** Prepares a signed request for submission. */
export function prepareSigned(signed: SignedRequest): PreparedRequest {
  const { envelope } = signed;
  const { claimed, digest } = readUnverified(envelope, requestType);
  const { id, timeoutMs, splayMs = 0, undo, target, run } = claimed;
  const undoMs = undo ? undo.withinMs + timeoutMs + GRACE_MS : 0;
  const runMs = splayMs + timeoutMs + GRACE_MS + undoMs;
  const about = { target, summary: summarizeRun(run) };
  return { id, digest, message: { kind: "sealed", ...signed }, runMs, about };
}

/** Signs the request of `spec` with `keys`; throws as {@linkcode signRequest}. */
export function prepareRequest(spec: RequestSpec, keys: readonly SecretKey[]): PreparedRequest {
  return prepareSigned(signRequest(spec, keys));
}

/** How long a directive is valid, in milliseconds. */
const DIRECTIVE_LIFE_MS = 60_000;

/** The request of a directive, and its hosts. */
export interface DirectiveSubject {
  /** The id of the request. */
  readonly job: string;
  /** Hex SHA-256 of the request's body; without it, the directive is about any request of this id. */
  readonly request?: string;
  /** The target, without groups. */
  readonly target: Target;
}

/** Returns a message that cancels a request, signed with `key`. */
export function signedCancel(subject: DirectiveSubject, key: SecretKey): HubMessage {
  return { kind: "sealed", envelope: signEnvelope(cancelType, buildDirective(subject), [key]) };
}

/** Returns a message that confirms the change of a request, signed with `key`. */
export function signedConfirm(subject: DirectiveSubject, key: SecretKey): HubMessage {
  return { kind: "sealed", envelope: signEnvelope(confirmType, buildDirective(subject), [key]) };
}

/** A signed release, and the hosts that it names. */
export interface SignedRelease {
  /** The names of the hosts. */
  readonly nodes: readonly string[];
  /** The message for their agents. */
  readonly message: HubMessage;
}

/**
 * Returns the releases of `nodes` of a held request, signed with `key`: several if one message cannot
 * list all names. They are valid as long as the request.
 */
export function signedReleases(
  { id, digest, message }: Pick<PreparedRequest, "id" | "digest" | "message">,
  nodes: readonly string[],
  key: SecretKey,
): readonly SignedRelease[] {
  if (message.kind !== "sealed") return [];
  const { claimed: { expires } } = readUnverified(message.envelope, requestType);
  return foldInParts(nodes).map((names) => {
    const part = [...parseNodeSet(names)];
    const target = targetOfNames(part);
    const directive = { ...buildDirective({ job: id, request: digest, target }), expires };
    const envelope = signEnvelope(releaseType, directive, [key]);
    return { nodes: part, message: { kind: "sealed", envelope } };
  });
}

function buildDirective({ job, request, target }: DirectiveSubject): Directive {
  const issued = Date.now();
  return {
    v: 1,
    id: newRequestId(),
    issued,
    expires: issued + DIRECTIVE_LIFE_MS,
    target: printTarget(target),
    job,
    ...(request !== undefined && { request }),
  };
}

/** How long an unsigned command may run before its host is lost, in milliseconds. */
const UNSIGNED_RUN_MS = 86_400_000;

/**
 * Prepares an unsigned command. Only agents with `--insecure` accept it.
 * @throws {EnvelopeError} `legacy` if the protocol of legacy agents cannot carry the command, `body`
 * if it is too long
 */
export function prepareUnsigned(command: LegacyCommand): PreparedRequest {
  encodeLegacyCommand(command);
  const id = newRequestId();
  const message = { kind: "unsigned", id, ...command } as const;
  encodeHubMessage(message);
  const digest = legacyDigest(command);
  const about = { target: command.host, summary: command.command };
  return { id, digest, message, runMs: UNSIGNED_RUN_MS, about };
}

/** A signed request whose commands read streamed input. */
export interface StreamedRequest extends PreparedRequest {
  /** Signs the input as the hub asks for it. */
  readonly input: InputSigner;
}

/** Signs the request of `spec` with streamed input; throws as {@linkcode signRequest}. */
export function prepareStreamed(
  spec: RequestSpec,
  keys: readonly SecretKey[],
  streamed: StreamedSource,
): StreamedRequest {
  const key = generateSecretKey("");
  const from = streamed.startOf ? "anywhere" : "start";
  const order = prepareRequest({ ...spec, input: { key: key.publicKey.base64, from } }, keys);
  return { ...order, input: new InputSigner(order.id, key, streamed) };
}

/** Returns the command as a shell line; a script is only named. */
function summarizeRun(run: Run): string {
  switch (run.kind) {
    case "argv":
      return run.argv.map(quoteWord).join(" ");
    case "shell":
      return run.command;
    case "script":
      return ["(script)", ...run.args.map(quoteWord)].join(" ");
    default:
      return run satisfies never;
  }
}

/** Quotes a word for a POSIX shell. */
function quoteWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
