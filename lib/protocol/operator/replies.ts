/**
 * Encodes the replies of a hub to an operator's program. Results stay in the signed envelopes of the
 * agents, so that the program can verify them itself. Output is binary: a tag, the stream, the
 * offset, the host name and the bytes.
 * @module
 */
import { concat, decodeLatin1, encodeUtf8 } from "../../base/bytes.ts";
import { nodeName } from "../../envelope/statements/body_fields.ts";
import type { SpokenProtocol } from "../../envelope/statements/session_statements.ts";
import { EnvelopeError } from "../../envelope/errors.ts";
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
import { isNodeName } from "../../nodeset/sets/node_name.ts";
import { firstMessage, spokenFields } from "../session/version.ts";
import { MAX_NODE_SET_CHARS } from "./calls.ts";
import {
  type HostReply,
  hostReplySchema,
  type JobHostReply,
  jobHostReplySchema,
  type JobReply,
  jobReplySchema,
} from "./queries.ts";
import { type StateReply, stateReplySchema } from "./state_reply.ts";

/** Replies to a hello. */
export interface GreetingReply extends SpokenProtocol {
  readonly kind: "greeting";
  /** The hub's version, for people. */
  readonly version: string;
  /** The nonce that a login repeats. */
  readonly nonce: string;
  /** Whether the hub requires a login. */
  readonly login: boolean;
}

/** Reports that the call is done. It follows the last reply of a list. */
export interface DoneReply {
  readonly kind: "done";
}

/** Reports that the call has failed, and ends the exchange. */
export interface FailedReply {
  readonly kind: "failed";
  /** The reason, for programs. */
  readonly code: "login" | "unknown-job" | "refused" | "store" | "malformed";
  /** The reason, for people. */
  readonly message: string;
  /** What the operator can do. */
  readonly hint?: string;
}

/** Reports that every host of the followed job is in a final state. */
export interface OverReply {
  readonly kind: "over";
}

/** Requests a block of the job's standard input. */
export interface NeedInputReply {
  readonly kind: "need";
  /** The offset at which the input of the host starts. */
  readonly start: number;
  /** The offset of the first byte of the block. */
  readonly offset: number;
}

/** Requests the offset at which a host starts to read the job's standard input. */
export interface NeedStartReply {
  readonly kind: "start";
  /** The host. */
  readonly node: string;
}

/** Reports that a named host is unknown or not attached. */
export interface AbsentReply {
  readonly kind: "absent";
  /** The name of the host. */
  readonly name: string;
}

/** The pong of an agent. */
export interface PongReply {
  readonly kind: "pong";
  /** The name of the host. */
  readonly name: string;
  /** The agent's key that the hub has pinned, in base64. */
  readonly key: string;
  /** The envelope of the signed pong, in base64. */
  readonly envelope: string;
}

/** Names hosts. A long list takes several replies. */
export interface NodesReply {
  readonly kind: "nodes";
  /** A folded node set, such as `web[01-20],db1`. */
  readonly names: string;
}

/** Counts agents of the first program that are attached, or were sent a command. */
export interface LegacyCountReply {
  readonly kind: "nameless";
  /** The number of agents. */
  readonly count: number;
}

/** A reply in JSON: every reply but output. */
export type PlainReply =
  | GreetingReply
  | DoneReply
  | FailedReply
  | StateReply
  | OverReply
  | NeedInputReply
  | NeedStartReply
  | JobReply
  | HostReply
  | AbsentReply
  | PongReply
  | NodesReply
  | LegacyCountReply
  | JobHostReply;

/** Output of a host of the followed job. */
export interface OutputReply {
  readonly kind: "output";
  /** The host. */
  readonly node: string;
  /** The stream of the command. */
  readonly stream: "stdout" | "stderr";
  /** How many bytes of this stream come before it. */
  readonly offset: number;
  /** At least one byte. */
  readonly bytes: Uint8Array;
}

/** The memory cost of a piece of output besides its bytes, in bytes. */
const REPLY_COST = 512;

/** Returns what output counts for in the window of an exchange: its memory cost, in bytes. */
export function outputCost({ bytes }: Pick<OutputReply, "bytes">): number {
  return bytes.length + REPLY_COST;
}

/** A reply of a hub. */
export type HubReply = PlainReply | OutputReply;

const OUTPUT_TAG = 0x01;
const STREAMS = ["stdout", "stderr"] as const;
/** Tag, stream, offset and the length of the name. */
const OUTPUT_HEADER = 1 + 1 + 8 + 1;

const line = text({ maxBytes: 4_096 });
const key = base64({ min: 32, max: 32 });
const envelope = base64({ max: 655_360 });

const REPLY_FORMAT: CanonicalForm<PlainReply> = {
  title: "reply",
  code: "body",
  maxBytes: 1_048_000,
  schema: union<PlainReply>({
    greeting: firstMessage<GreetingReply>({
      kind: literal("greeting"),
      version: text({ maxBytes: 64 }),
      nonce: hex(32),
      login: boolean(),
      ...spokenFields,
    }),
    done: object<DoneReply>({ kind: literal("done") }),
    failed: object<FailedReply>({
      kind: literal("failed"),
      code: oneOf("login", "unknown-job", "refused", "store", "malformed"),
      message: line,
      hint: optional(line),
    }),
    state: stateReplySchema,
    over: object<OverReply>({ kind: literal("over") }),
    need: object<NeedInputReply>({
      kind: literal("need"),
      start: integer(0),
      offset: integer(0),
    }),
    start: object<NeedStartReply>({ kind: literal("start"), node: nodeName }),
    job: jobReplySchema,
    host: hostReplySchema,
    absent: object<AbsentReply>({ kind: literal("absent"), name: nodeName }),
    pong: object<PongReply>({ kind: literal("pong"), name: nodeName, key, envelope }),
    nodes: object<NodesReply>({
      kind: literal("nodes"),
      names: text({ maxBytes: MAX_NODE_SET_CHARS }),
    }),
    nameless: object<LegacyCountReply>({ kind: literal("nameless"), count: integer(0) }),
    trace: jobHostReplySchema,
  }),
};

/** Encodes a reply. Output is a part of its own, so that it is not copied. */
export function encodeReply(reply: HubReply): Uint8Array[] {
  if (reply.kind !== "output") return [encodeCanonicalJson(reply, REPLY_FORMAT)];
  return [encodeOutputHeader(reply), reply.bytes];
}

/**
 * Decodes a reply.
 * @throws {EnvelopeError} `body` if it is malformed
 */
export function decodeReply(bytes: Uint8Array): HubReply {
  return bytes[0] === OUTPUT_TAG ? decodeOutput(bytes) : decodeCanonicalJson(bytes, REPLY_FORMAT);
}

function encodeOutputHeader({ node, stream, offset }: OutputReply): Uint8Array {
  const name = encodeUtf8(node);
  const header = new Uint8Array(OUTPUT_HEADER);
  header[0] = OUTPUT_TAG;
  header[1] = STREAMS.indexOf(stream);
  new DataView(header.buffer).setBigUint64(2, BigInt(offset));
  header[OUTPUT_HEADER - 1] = name.length;
  return concat([header, name]);
}

function decodeOutput(bytes: Uint8Array): OutputReply {
  const stream = STREAMS[bytes[1] ?? -1];
  const start = OUTPUT_HEADER + (bytes[OUTPUT_HEADER - 1] ?? 0);
  if (stream === undefined || bytes.length <= start) {
    throw new EnvelopeError("body", "not a chunk of output");
  }
  const offset = Number(new DataView(bytes.buffer, bytes.byteOffset + 2, 8).getBigUint64(0));
  // Names are ASCII.
  const node = decodeLatin1(bytes.subarray(OUTPUT_HEADER, start));
  if (!isNodeName(node) || !Number.isSafeInteger(offset)) {
    throw new EnvelopeError("body", "output with a bad host name or offset");
  }
  return { kind: "output", node, stream, offset, bytes: bytes.subarray(start) };
}
