/**
 * Encodes the calls of an operator's program to a hub, as bodies of surveys over the control socket,
 * or from another machine after a signed login. Each survey id is one exchange, in which the hub may
 * reply many times. A block of standard input is binary: a tag, the offset, the signature and the
 * bytes.
 * @module
 */
import { concat, encodeUtf8, startsWith } from "../../base/bytes.ts";
import {
  type CanonicalForm,
  decodeCanonicalJson,
  encodeCanonicalJson,
} from "../../envelope/encoding/canonical_json.ts";
import {
  base64,
  boolean,
  hex,
  integer,
  literal,
  object,
  oneOf,
  optional,
  type Schema,
  text,
  union,
} from "../../envelope/encoding/schema.ts";
import { EnvelopeError } from "../../envelope/errors.ts";
import { nodeName, requestId, sha256 } from "../../envelope/statements/body_fields.ts";
import { type InputBlock, MAX_INPUT_BLOCK_BYTES } from "../../envelope/statements/input_block.ts";
import { MAX_COMMAND_BYTES } from "../../envelope/statements/request.ts";
import type { SpokenProtocol } from "../../envelope/statements/session_statements.ts";
import { foldNodes } from "../../nodeset/sets/node_set.ts";
import { firstMessage, spokenFields } from "../session/version.ts";
import { type Query, querySchemas } from "./queries.ts";

/** Sends a signed directive about a job to its agents: cancel it, or confirm its change. */
export interface DirectiveCall<Kind extends "cancel" | "confirm"> {
  readonly kind: Kind;
  /** The id of the request. */
  readonly id: string;
  /** The envelope of the directive, in base64. */
  readonly envelope: string;
  /** The only host that receives it; all hosts of the job if absent. */
  readonly node?: string;
}

/** Creates the schema of a directive call whose envelope has at most `max` bytes. */
function directiveCallSchema<const Kind extends "cancel" | "confirm">(
  kind: Kind,
  max: number,
): Schema<DirectiveCall<Kind>> {
  return object<DirectiveCall<"cancel" | "confirm">>({
    kind: literal(kind),
    id: requestId,
    envelope: base64({ max }),
    node: optional(nodeName),
  }) as Schema<DirectiveCall<Kind>>;
}

/** Lists attached hosts that run unsigned commands, and counts agents of the first program. */
export interface UnsignedHostsCall {
  readonly kind: "willing";
  /** Lists only this host. */
  readonly node?: string;
}

/** Sends an unsigned command to agents of the first program, which do not reply. */
export interface PublishCall {
  readonly kind: "publish";
  /** A host name or `ALL`. */
  readonly host: string;
  /** A text for `/bin/sh -c`. */
  readonly command: string;
}

/** Readers of the calls about unsigned commands, by kind. */
const unsignedCallSchemas: {
  readonly willing: Schema<UnsignedHostsCall>;
  readonly publish: Schema<PublishCall>;
} = {
  willing: object<UnsignedHostsCall>({ kind: literal("willing"), node: optional(nodeName) }),
  publish: object<PublishCall>({
    kind: literal("publish"),
    host: text({ maxBytes: 253, min: 1 }),
    command: text({ maxBytes: MAX_COMMAND_BYTES }),
  }),
};

/** Begins every connection. */
export interface HelloCall extends SpokenProtocol {
  readonly kind: "hello";
  /** The version of the operator's program, for people. */
  readonly version: string;
}

/** Logs in with a signed envelope. Required from another machine before any other call. */
export interface LoginCall {
  readonly kind: "login";
  /** The bytes of the envelope. */
  readonly envelope: Uint8Array;
}

/** Names hosts for the `submit`, `release`, `hosts`, `ping` or `forget` that follows. */
export interface NodesCall {
  readonly kind: "nodes";
  /** A folded node set, such as `web[01-20],db1`. A long list takes several calls. */
  readonly names: string;
}

/** Submits a job for the named hosts, and follows it. */
export interface SubmitCall {
  readonly kind: "submit";
  /** The id of the request. */
  readonly id: string;
  /** Hex SHA-256 of the request. */
  readonly digest: string;
  /** The message for each agent, in base64. */
  readonly message: string;
  /** How long to wait for detached hosts, in milliseconds. */
  readonly deliverMs: number;
  /** The time limit of the command, in milliseconds. */
  readonly runMs: number;
  /** Whether hosts wait for a `release`. */
  readonly held: boolean;
  /** How the hub can request standard input in this exchange; none if absent. */
  readonly input?: InputKind;
  /** The rate limit of standard input for all hosts together, in bytes per second. */
  readonly rate?: number;
  /** The signed target, for people. */
  readonly target: string;
  /** The command, for people. */
  readonly summary: string;
}

/** Follows a job from its beginning. */
export interface FollowCall {
  readonly kind: "follow";
  /** The id of the request. */
  readonly id: string;
  /** Whether to follow it to its end, instead of its present state only. */
  readonly wait: boolean;
  /** How the hub can request standard input in this exchange, as in `submit`. */
  readonly input?: InputKind;
  /** The rate limit of standard input, as in `submit`. */
  readonly rate?: number;
}

/** Sends a block of standard input. */
export interface InputBlockCall extends InputBlock {
  readonly kind: "block";
}

/** Says where a host starts to read standard input. */
export interface InputStartCall {
  readonly kind: "begins";
  /** The host. */
  readonly node: string;
  /** The offset of the first byte that it needs. */
  readonly offset: number;
}

/** Credits output of this exchange. */
export interface OutputCreditCall {
  readonly kind: "taken";
  /** The total `outputCost()` of the consumed output since the exchange began. */
  readonly cost: number;
}

/** Releases the named hosts of a held job. */
export interface ReleaseCall {
  readonly kind: "release";
  /** The id of the request. */
  readonly id: string;
  /** The envelope of the signed release, in base64; absent if the request itself is not held. */
  readonly envelope?: string;
}

/** Skips all hosts of a held job that are not released. */
export interface WithholdCall {
  readonly kind: "withhold";
  /** The id of the request. */
  readonly id: string;
}

/** Ends the exchange: the hub sends no more replies in it. */
export interface LeaveCall {
  readonly kind: "leave";
}

/** Asks the named hosts, or all, for a signed pong. */
export interface PingCall {
  readonly kind: "ping";
  /** The nonce that they sign. */
  readonly nonce: string;
}

/** Removes the pinned keys of the named hosts, so that they can attach with other keys. */
export interface ForgetCall {
  readonly kind: "forget";
}

/** A call in JSON: neither a login nor a block of input. */
export type PlainCall =
  | HelloCall
  | NodesCall
  | SubmitCall
  | FollowCall
  | InputStartCall
  | OutputCreditCall
  | ReleaseCall
  | WithholdCall
  | DirectiveCall<"cancel">
  | DirectiveCall<"confirm">
  | LeaveCall
  | PingCall
  | ForgetCall
  | UnsignedHostsCall
  | PublishCall
  | Query;

/** A call of an operator's program. */
export type OperatorCall = PlainCall | LoginCall | InputBlockCall;

/** The longest node set in one message, in characters. */
export const MAX_NODE_SET_CHARS = 262_144;
/** The longest summary of a job, in bytes. */
export const MAX_SUMMARY = 512;
const MAX_MESSAGE = 655_360;
const MAX_TARGET = 262_144;
const SEALED_START = encodeUtf8('{"payload":');

const BLOCK_TAG = 0x02;
const SIGNATURE_BYTES = 64;
/** Tag, start, offset and signature. */
const BLOCK_HEADER = 1 + 8 + 8 + SIGNATURE_BYTES;

/** How the hub can request standard input, as in {@linkcode InputSource}. */
export type InputKind =
  /** It is read once, from the start. */
  | "stream"
  /** Any part can be read at any time. */
  | "file"
  /** As `file`, and each host has its own start. */
  | "parts";

const inputKindSchema = oneOf("stream", "file", "parts");

const CALL_FORMAT: CanonicalForm<PlainCall> = {
  title: "call",
  code: "body",
  maxBytes: 1_048_000,
  schema: union<PlainCall>({
    hello: firstMessage<HelloCall>({
      kind: literal("hello"),
      version: text({ maxBytes: 64 }),
      ...spokenFields,
    }),
    nodes: object<NodesCall>({
      kind: literal("nodes"),
      names: text({ maxBytes: MAX_NODE_SET_CHARS }),
    }),
    submit: object<SubmitCall>({
      kind: literal("submit"),
      id: requestId,
      digest: sha256,
      message: base64({ max: MAX_MESSAGE }),
      deliverMs: integer(0),
      runMs: integer(0),
      held: boolean(),
      input: optional(inputKindSchema),
      rate: optional(integer(1)),
      target: text({ maxBytes: MAX_TARGET }),
      summary: text({ maxBytes: MAX_SUMMARY }),
    }),
    follow: object<FollowCall>({
      kind: literal("follow"),
      id: requestId,
      wait: boolean(),
      input: optional(inputKindSchema),
      rate: optional(integer(1)),
    }),
    begins: object<InputStartCall>({ kind: literal("begins"), node: nodeName, offset: integer(0) }),
    taken: object<OutputCreditCall>({ kind: literal("taken"), cost: integer(0) }),
    release: object<ReleaseCall>({
      kind: literal("release"),
      id: requestId,
      envelope: optional(base64({ max: MAX_MESSAGE })),
    }),
    withhold: object<WithholdCall>({ kind: literal("withhold"), id: requestId }),
    cancel: directiveCallSchema("cancel", MAX_MESSAGE),
    confirm: directiveCallSchema("confirm", MAX_MESSAGE),
    leave: object<LeaveCall>({ kind: literal("leave") }),
    ...querySchemas,
    ...unsignedCallSchemas,
    ping: object<PingCall>({ kind: literal("ping"), nonce: hex(32) }),
    forget: object<ForgetCall>({ kind: literal("forget") }),
  }),
};

/** Encodes a call. */
export function encodeCall(call: OperatorCall): Uint8Array {
  switch (call.kind) {
    case "login":
      return call.envelope;
    case "block":
      return encodeBlock(call);
    default:
      return encodeCanonicalJson(call, CALL_FORMAT);
  }
}

/**
 * Decodes a call, without opening a login.
 * @throws {EnvelopeError} `body` if it is malformed
 */
export function decodeCall(bytes: Uint8Array): OperatorCall {
  if (startsWith(bytes, SEALED_START)) return { kind: "login", envelope: bytes };
  return bytes[0] === BLOCK_TAG ? decodeBlock(bytes) : decodeCanonicalJson(bytes, CALL_FORMAT);
}

function encodeBlock({ start, offset, signature, bytes }: InputBlockCall): Uint8Array {
  const header = new Uint8Array(BLOCK_HEADER);
  header[0] = BLOCK_TAG;
  const view = new DataView(header.buffer);
  view.setBigUint64(1, BigInt(start));
  view.setBigUint64(9, BigInt(offset));
  header.set(signature, BLOCK_HEADER - SIGNATURE_BYTES);
  return concat([header, bytes]);
}

function decodeBlock(message: Uint8Array): InputBlockCall {
  const bytes = message.subarray(BLOCK_HEADER);
  if (message.length < BLOCK_HEADER || bytes.length > MAX_INPUT_BLOCK_BYTES) {
    throw new EnvelopeError("body", "not a block of input");
  }
  const view = new DataView(message.buffer, message.byteOffset);
  const start = Number(view.getBigUint64(1));
  const offset = Number(view.getBigUint64(9));
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(offset)) {
    throw new EnvelopeError("body", "input block offset out of range");
  }
  const signature = message.subarray(BLOCK_HEADER - SIGNATURE_BYTES, BLOCK_HEADER);
  return { kind: "block", start, offset, signature, bytes };
}

/** Returns the calls that name `nodes`. */
export function nodesCalls(nodes: Iterable<string>): readonly NodesCall[] {
  return foldInParts(nodes).map((names) => ({ kind: "nodes", names }));
}

/**
 * Folds `nodes` into node sets that each fit one message, in either direction. Returns none for no
 * names.
 */
export function foldInParts(nodes: Iterable<string>): readonly string[] {
  const names = [...nodes];
  if (names.length === 0) return [];
  const folded = foldNodes(names);
  if (folded.length <= MAX_NODE_SET_CHARS) return [folded];
  const half = names.length >> 1;
  return [...foldInParts(names.slice(0, half)), ...foldInParts(names.slice(half))];
}
