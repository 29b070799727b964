/**
 * The calls of an operator's program to a hub, as bodies of surveys: over the control socket, or
 * from another machine after a signed login. Each survey id is an exchange of its own, in which the
 * hub may reply many times. A block of standard input travels in binary: a tag, the offset, the
 * signature and the bytes.
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
import { foldInParts, MAX_NODE_SET_CHARS } from "./node_set_parts.ts";
import { type Query, querySchemas } from "./queries.ts";

/** Have agents told about a job: to stop it, or that what it has changed may stay. */
export interface DirectiveCall<Kind extends "cancel" | "confirm"> {
  readonly kind: Kind;
  /** The id of the request. */
  readonly id: string;
  /** The signed directive that agents ask for, in base64. */
  readonly envelope: string;
  /** The one host that is to be told, if not all of them. */
  readonly node?: string;
}

/** Reads such an ask, whose envelope has at most `max` bytes. */
export function directiveCallSchema<const Kind extends "cancel" | "confirm">(
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

/** Say who is attached and runs unsigned commands, and how many there are who say no name. */
export interface UnsignedHostsCall {
  readonly kind: "willing";
  /** Say it of this host alone. */
  readonly node?: string;
}

/** Send a command to the agents of the first program, who do not answer. */
export interface PublishCall {
  readonly kind: "publish";
  /** A host name or `ALL`. */
  readonly host: string;
  /** A text for `/bin/sh -c`. */
  readonly command: string;
}

/** Their forms. */
export const unsignedCallSchemas: {
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

/** The first ask on every connection. */
export interface HelloCall {
  readonly kind: "hello";
  /** The version of the operator's program, for people. */
  readonly version: string;
}

/** A signed login, still sealed: what the hub must see before anything else from another machine. */
export interface LoginCall {
  readonly kind: "login";
  /** The bytes of the envelope. */
  readonly envelope: Uint8Array;
}

/** Names for a `submit`, `release`, `hosts`, `ping` or `forget` that follows in the same conversation. */
export interface NodesCall {
  readonly kind: "nodes";
  /** Folded names, such as `web[01-20],db1`; a long list takes several of these. */
  readonly names: string;
}

/** Carry out an order on the nodes that were named before, and follow it. */
export interface SubmitCall {
  readonly kind: "submit";
  /** The id of the request. */
  readonly id: string;
  /** Hex SHA-256 of what is asked. */
  readonly digest: string;
  /** What each agent is sent, in base64. */
  readonly message: string;
  /** How long a host that is away is waited for, in milliseconds. */
  readonly deliverMs: number;
  /** How long the command may run at the longest, in milliseconds. */
  readonly runMs: number;
  /** Whether hosts wait for a `release`. */
  readonly held: boolean;
  /** How what the commands read can be asked for in this conversation, if they read anything. */
  readonly input?: InputKind;
  /** How many bytes of it all hosts together may be sent in a second. */
  readonly rate?: number;
  /** The target as it was signed, for people. */
  readonly target: string;
  /** The command, for people. */
  readonly summary: string;
}

/** Tell everything of a job, from the beginning. */
export interface FollowCall {
  readonly kind: "follow";
  /** The id of the request. */
  readonly id: string;
  /** Whether to go on with what comes, to the end of the job. */
  readonly wait: boolean;
  /** How what the commands read can be asked for in this conversation, as with `submit`. */
  readonly input?: InputKind;
  /** How fast, likewise. */
  readonly rate?: number;
}

/** A block of what the commands of a job read. */
export interface InputBlockCall extends InputBlock {
  readonly kind: "block";
}

/** Where a host begins to read. */
export interface InputStartCall {
  readonly kind: "begins";
  /** The host. */
  readonly node: string;
  /** How much of the input it has already. */
  readonly offset: number;
}

/** So much of the output of this conversation has been taken: as much more may be sent. */
export interface OutputCreditCall {
  readonly kind: "taken";
  /** What it cost (`costOf()`), counted from the beginning of the conversation. */
  readonly cost: number;
}

/** It is the turn of the nodes that were named before. */
export interface ReleaseCall {
  readonly kind: "release";
  /** The id of the request. */
  readonly id: string;
}

/** Nobody else gets a turn in a job that was held. */
export interface WithholdCall {
  readonly kind: "withhold";
  /** The id of the request. */
  readonly id: string;
}

/** The conversation is over: nothing more is to be sent in it. */
export interface LeaveCall {
  readonly kind: "leave";
}

/** Ask the nodes that were named before, or all, to prove that they are there. */
export interface PingCall {
  readonly kind: "ping";
  /** What they must sign. */
  readonly nonce: string;
}

/** Forget the hosts that were named before, so that they may come with other keys. */
export interface ForgetCall {
  readonly kind: "forget";
}

/** Everything that an operator's program asks but logins and blocks of input. */
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

/** Everything that an operator's program asks. */
export type OperatorCall = PlainCall | LoginCall | InputBlockCall;

/** The most bytes of the text that tells a job to people. */
export const MAX_SUMMARY = 512;
const MAX_MESSAGE = 655_360;
const MAX_TARGET = 262_144;
const SEALED_START = encodeUtf8('{"payload":');

const BLOCK_TAG = 0x02;
const SIGNATURE_BYTES = 64;
/** Tag, offset and signature. */
const BLOCK_HEADER = 1 + 8 + SIGNATURE_BYTES;

/** How the input of a job can be read; see `InputSource`. */
export type InputKind =
  /** Once, from the start. */
  | "stream"
  /** Any part at any time. */
  | "file"
  /** Any part at any time, and hosts begin where their commands say. */
  | "parts";

const inputKindSchema = oneOf("stream", "file", "parts");

const CALL_FORMAT: CanonicalForm<PlainCall> = {
  title: "ask",
  code: "body",
  maxBytes: 1_048_000,
  schema: union<PlainCall>({
    hello: object<HelloCall>({ kind: literal("hello"), version: text({ maxBytes: 64 }) }),
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
    release: object<ReleaseCall>({ kind: literal("release"), id: requestId }),
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

/** Writes an ask. */
export function encodeCall(ask: OperatorCall): Uint8Array {
  switch (ask.kind) {
    case "login":
      return ask.envelope;
    case "block":
      return encodeBlock(ask);
    default:
      return encodeCanonicalJson(ask, CALL_FORMAT);
  }
}

/**
 * Reads an ask. A login is not opened.
 * @throws {EnvelopeError} `body` if it is none
 */
export function decodeCall(bytes: Uint8Array): OperatorCall {
  if (startsWith(bytes, SEALED_START)) return { kind: "login", envelope: bytes };
  return bytes[0] === BLOCK_TAG ? decodeBlock(bytes) : decodeCanonicalJson(bytes, CALL_FORMAT);
}

function encodeBlock({ offset, signature, bytes }: InputBlockCall): Uint8Array {
  const header = new Uint8Array(BLOCK_HEADER);
  header[0] = BLOCK_TAG;
  new DataView(header.buffer).setBigUint64(1, BigInt(offset));
  header.set(signature, BLOCK_HEADER - SIGNATURE_BYTES);
  return concat([header, bytes]);
}

function decodeBlock(message: Uint8Array): InputBlockCall {
  const bytes = message.subarray(BLOCK_HEADER);
  if (message.length < BLOCK_HEADER || bytes.length > MAX_INPUT_BLOCK_BYTES) {
    throw new EnvelopeError("body", "not a block of input");
  }
  const offset = Number(new DataView(message.buffer, message.byteOffset + 1, 8).getBigUint64(0));
  if (!Number.isSafeInteger(offset)) throw new EnvelopeError("body", "a block beyond all input");
  const signature = message.subarray(BLOCK_HEADER - SIGNATURE_BYTES, BLOCK_HEADER);
  return { kind: "block", offset, signature, bytes };
}

/** The asks that name `nodes`. */
export function nodesCalls(nodes: Iterable<string>): readonly NodesCall[] {
  return foldInParts(nodes).map((names) => ({ kind: "nodes", names }));
}
