/**
 * Builds what is submitted to a hub: signed requests, also with streamed standard input, signed
 * directives that cancel or confirm, and unsigned commands for agents of the first program. Blocks
 * of streamed input are signed with a fresh key that the request names.
 * @module
 */
import { generateSecretKey, type SecretKey } from "../../envelope/keys/secret_key.ts";
import { signEnvelope } from "../../envelope/signing/sign_envelope.ts";
import { readUnverified } from "../../envelope/signing/unverified_envelope.ts";
import { newRequestId } from "../../envelope/statements/body_fields.ts";
import { cancelType, confirmType, type Directive } from "../../envelope/statements/directive.ts";
import { MAX_INPUT_BLOCK_BYTES, signInputBlock } from "../../envelope/statements/input_block.ts";
import { type Request, requestType, type Run } from "../../envelope/statements/request.ts";
import { encodeSecrets, type SecretValues } from "../../envelope/statements/secrets.ts";
import type { InputSource } from "../../protocol/job/job_spec.ts";
import { printTarget, type Target } from "../../nodeset/mod.ts";
import { encodeHubMessage, type HubMessage } from "../../protocol/agent/messages.ts";
import {
  encodeLegacyCommand,
  type LegacyCommand,
  legacyDigest,
} from "../../protocol/legacy_command.ts";
import type { JobSubmission } from "../queue/queue.ts";

/** An order before it is known which hosts it goes to, and how long they are waited for. */
export type PreparedRequest = Omit<JobSubmission, "nodes" | "deliverMs">;

/** What an operator wants. The rest of the request follows from it. */
export interface RequestSpec
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
  { target, lifeMs, secrets, ...wish }: RequestSpec,
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
export function prepareSigned(signed: SignedRequest): PreparedRequest {
  const { envelope } = signed;
  const { claimed, digest } = readUnverified(envelope, requestType);
  const { id, timeoutMs, splayMs = 0, undo, target, run } = claimed;
  const undoMs = undo ? undo.withinMs + timeoutMs + GRACE_MS : 0;
  const runMs = splayMs + timeoutMs + GRACE_MS + undoMs;
  const about = { target, summary: summarizeRun(run) };
  return { id, digest, message: { kind: "sealed", ...signed }, runMs, about };
}

/** The order to carry out `wish`, signed with `keys`; throws as {@linkcode signRequest}. */
export function prepareRequest(wish: RequestSpec, keys: readonly SecretKey[]): PreparedRequest {
  return prepareSigned(signRequest(wish, keys));
}

/** How long a directive counts, in milliseconds. */
const DIRECTIVE_LIFE_MS = 60_000;

/** The request that a directive is about, and its hosts. */
export interface DirectiveSubject {
  /** The id of the request. */
  readonly job: string;
  /** The hosts that are meant, without groups. */
  readonly target: Target;
}

/** The message by which `key` has a request stopped. */
export function signedCancel(directed: DirectiveSubject, key: SecretKey): HubMessage {
  return { kind: "sealed", envelope: signEnvelope(cancelType, buildDirective(directed), [key]) };
}

/** The message by which `key` lets stay what a request has changed. */
export function signedConfirm(directed: DirectiveSubject, key: SecretKey): HubMessage {
  return { kind: "sealed", envelope: signEnvelope(confirmType, buildDirective(directed), [key]) };
}

function buildDirective({ job, target }: DirectiveSubject): Directive {
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
export function prepareUnsigned(command: LegacyCommand): PreparedRequest {
  encodeLegacyCommand(command);
  const id = newRequestId();
  const message = { kind: "unsigned", id, ...command } as const;
  encodeHubMessage(message);
  const digest = legacyDigest(command);
  const about = { target: command.host, summary: command.command };
  return { id, digest, message, runMs: UNSIGNED_RUN_MS, about };
}

/** Bytes that are read as they are needed. */
export interface ByteSource {
  /** Whether any part can be read at any time; otherwise it is read once, from the start. */
  readonly seekable: boolean;
  /** Reads 1 to `maxBytes` bytes from `offset` on, or none at the end. */
  read(offset: number, maxBytes: number, signal: AbortSignal): Promise<Uint8Array>;
}

/** What the commands read. */
export interface StreamedSource {
  /** Where the bytes come from. */
  readonly source: ByteSource;
  /**
   * Where a host begins, once that is known: for commands that say so themselves, and look at the
   * whole when they have it. Without it, all read everything.
   */
  readonly startOf?: (node: string) => Promise<number>;
  /** How many bytes all hosts together may be sent in a second. */
  readonly bytesPerSecond?: number | undefined;
}

/** The order to carry out `wish`, signed with `keys`; throws as `prepareRequest()`. */
export function prepareStreamed(
  wish: RequestSpec,
  keys: readonly SecretKey[],
  { source, startOf, bytesPerSecond }: StreamedSource,
): PreparedRequest {
  const key = generateSecretKey("");
  const input = {
    key: key.publicKey.base64,
    from: startOf ? "anywhere" : "start",
  } as const;
  const order = prepareRequest({ ...wish, input }, keys);
  const signed: InputSource = {
    seekable: source.seekable,
    bytesPerSecond,
    read: async (offset, signal) =>
      signInputBlock(order.id, {
        offset,
        bytes: await source.read(offset, MAX_INPUT_BLOCK_BYTES, signal),
      }, key),
    ...(startOf && { startOf }),
  };
  return { ...order, input: signed };
}

/** What `run` runs, as it could be typed into a shell; what does not fit one line is named. */
export function summarizeRun(run: Run): string {
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

/** By the rules of POSIX shells. */
function quoteWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
