/**
 * What an operator's program asks of a hub, as bodies of surveys: over the hub's control socket, or
 * from another machine after a signed login. Each survey id is a conversation of its own: the hub
 * answers it as often as there is something to say. Imports `base` and `envelope`.
 * @module
 */
import { concat, encodeUtf8, startsWith } from "../../base/bytes.ts";
import { nodeName, requestId, sha256 } from "../../envelope/statements/body_fields.ts";
import { EnvelopeError } from "../../envelope/errors.ts";
import { type InputBlock, MAX_INPUT_BLOCK_BYTES } from "../../envelope/statements/input_block.ts";
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
  text,
  union,
} from "../../envelope/encoding/schema.ts";
import type { InputKind } from "../remote_input.ts";
import { type DirectiveAsk, directiveAsk } from "./directive_ask.ts";
import { MAX_NAMES } from "./folded_names.ts";
import { inquiries, type Inquiry } from "./inquiries.ts";
import { type PublishAsk, unsignedAsks, type WillingAsk } from "./unsigned_ask.ts";

/** The first ask on every connection. */
export interface HelloAsk {
  /** Tells it from the other asks. */
  readonly kind: "hello";
  /** The version of the operator's program, for people. */
  readonly version: string;
}

/** A signed login, still sealed: what the hub must see before anything else from another machine. */
export interface LoginAsk {
  /** Tells it from the other asks. */
  readonly kind: "login";
  /** The bytes of the envelope. */
  readonly envelope: Uint8Array;
}

/** Names for a `submit`, `release`, `hosts`, `ping` or `forget` that follows in the same conversation. */
export interface NodesAsk {
  /** Tells it from the other asks. */
  readonly kind: "nodes";
  /** Folded names, such as `web[01-20],db1`; a long list takes several of these. */
  readonly names: string;
}

/** Carry out an order on the nodes that were named before, and follow it. */
export interface SubmitAsk {
  /** Tells it from the other asks. */
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
export interface FollowAsk {
  /** Tells it from the other asks. */
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
export interface BlockAsk extends InputBlock {
  /** Tells it from the other asks. */
  readonly kind: "block";
}

/** Where a host begins to read. */
export interface BeginsAsk {
  /** Tells it from the other asks. */
  readonly kind: "begins";
  /** The host. */
  readonly node: string;
  /** How much of the input it has already. */
  readonly offset: number;
}

/** So much of the output of this conversation has been taken: as much more may be sent. */
export interface TakenAsk {
  /** Tells it from the other asks. */
  readonly kind: "taken";
  /** What it cost (`costOf()`), counted from the beginning of the conversation. */
  readonly cost: number;
}

/** It is the turn of the nodes that were named before. */
export interface ReleaseAsk {
  /** Tells it from the other asks. */
  readonly kind: "release";
  /** The id of the request. */
  readonly id: string;
}

/** Nobody else gets a turn in a job that was held. */
export interface WithholdAsk {
  /** Tells it from the other asks. */
  readonly kind: "withhold";
  /** The id of the request. */
  readonly id: string;
}

/** The conversation is over: nothing more is to be sent in it. */
export interface LeaveAsk {
  /** Tells it from the other asks. */
  readonly kind: "leave";
}

/** Ask the nodes that were named before, or all, to prove that they are there. */
export interface PingAsk {
  /** Tells it from the other asks. */
  readonly kind: "ping";
  /** What they must sign. */
  readonly nonce: string;
}

/** Forget the hosts that were named before, so that they may come with other keys. */
export interface ForgetAsk {
  /** Tells it from the other asks. */
  readonly kind: "forget";
}

/** Everything that an operator's program asks but logins and blocks of input. */
export type PlainAsk =
  | HelloAsk
  | NodesAsk
  | SubmitAsk
  | FollowAsk
  | BeginsAsk
  | TakenAsk
  | ReleaseAsk
  | WithholdAsk
  | DirectiveAsk<"cancel">
  | DirectiveAsk<"confirm">
  | LeaveAsk
  | PingAsk
  | ForgetAsk
  | WillingAsk
  | PublishAsk
  | Inquiry;

/** Everything that an operator's program asks. */
export type Ask = PlainAsk | LoginAsk | BlockAsk;

/** The most bytes of the text that tells a job to people. */
export const MAX_SUMMARY = 512;
const MAX_MESSAGE = 655_360;
const MAX_TARGET = 262_144;
const SEALED_START = encodeUtf8('{"payload":');

const BLOCK_TAG = 0x02;
const SIGNATURE_BYTES = 64;
/** Tag, offset and signature. */
const BLOCK_HEADER = 1 + 8 + SIGNATURE_BYTES;

const inputKind = oneOf("stream", "file", "parts");

const ASKS: CanonicalForm<PlainAsk> = {
  title: "ask",
  code: "body",
  maxBytes: 1_048_000,
  schema: union<PlainAsk>({
    hello: object<HelloAsk>({ kind: literal("hello"), version: text({ maxBytes: 64 }) }),
    nodes: object<NodesAsk>({ kind: literal("nodes"), names: text({ maxBytes: MAX_NAMES }) }),
    submit: object<SubmitAsk>({
      kind: literal("submit"),
      id: requestId,
      digest: sha256,
      message: base64({ max: MAX_MESSAGE }),
      deliverMs: integer(0),
      runMs: integer(0),
      held: boolean(),
      input: optional(inputKind),
      rate: optional(integer(1)),
      target: text({ maxBytes: MAX_TARGET }),
      summary: text({ maxBytes: MAX_SUMMARY }),
    }),
    follow: object<FollowAsk>({
      kind: literal("follow"),
      id: requestId,
      wait: boolean(),
      input: optional(inputKind),
      rate: optional(integer(1)),
    }),
    begins: object<BeginsAsk>({ kind: literal("begins"), node: nodeName, offset: integer(0) }),
    taken: object<TakenAsk>({ kind: literal("taken"), cost: integer(0) }),
    release: object<ReleaseAsk>({ kind: literal("release"), id: requestId }),
    withhold: object<WithholdAsk>({ kind: literal("withhold"), id: requestId }),
    cancel: directiveAsk("cancel", MAX_MESSAGE),
    confirm: directiveAsk("confirm", MAX_MESSAGE),
    leave: object<LeaveAsk>({ kind: literal("leave") }),
    ...inquiries,
    ...unsignedAsks,
    ping: object<PingAsk>({ kind: literal("ping"), nonce: hex(32) }),
    forget: object<ForgetAsk>({ kind: literal("forget") }),
  }),
};

/** Writes an ask. */
export function encodeAsk(ask: Ask): Uint8Array {
  switch (ask.kind) {
    case "login":
      return ask.envelope;
    case "block":
      return encodeBlock(ask);
    default:
      return encodeCanonicalJson(ask, ASKS);
  }
}

/**
 * Reads an ask. A login is not opened.
 * @throws {EnvelopeError} `body` if it is none
 */
export function decodeAsk(bytes: Uint8Array): Ask {
  if (startsWith(bytes, SEALED_START)) return { kind: "login", envelope: bytes };
  return bytes[0] === BLOCK_TAG ? decodeBlock(bytes) : decodeCanonicalJson(bytes, ASKS);
}

function encodeBlock({ offset, signature, bytes }: BlockAsk): Uint8Array {
  const header = new Uint8Array(BLOCK_HEADER);
  header[0] = BLOCK_TAG;
  new DataView(header.buffer).setBigUint64(1, BigInt(offset));
  header.set(signature, BLOCK_HEADER - SIGNATURE_BYTES);
  return concat([header, bytes]);
}

function decodeBlock(message: Uint8Array): BlockAsk {
  const bytes = message.subarray(BLOCK_HEADER);
  if (message.length < BLOCK_HEADER || bytes.length > MAX_INPUT_BLOCK_BYTES) {
    throw new EnvelopeError("body", "not a block of input");
  }
  const offset = Number(new DataView(message.buffer, message.byteOffset + 1, 8).getBigUint64(0));
  if (!Number.isSafeInteger(offset)) throw new EnvelopeError("body", "a block beyond all input");
  const signature = message.subarray(BLOCK_HEADER - SIGNATURE_BYTES, BLOCK_HEADER);
  return { kind: "block", offset, signature, bytes };
}
