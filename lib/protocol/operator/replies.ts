/**
 * The replies of a hub to an operator's program. Results travel in the envelopes that agents have
 * signed, so that the program can verify them itself. Output travels in binary: a tag, the stream,
 * the offset, the host name and the bytes.
 * @module
 */
import { concat, decodeLatin1, encodeUtf8 } from "../../base/bytes.ts";
import { nodeName } from "../../envelope/statements/body_fields.ts";
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
import { MAX_NODE_SET_CHARS } from "./node_set_parts.ts";
import {
  type HostReply,
  hostReplySchema,
  type JobHostReply,
  jobHostReplySchema,
  type JobReply,
  jobReplySchema,
} from "./queries.ts";
import { type StateReply, stateReplySchema } from "./state_reply.ts";

/** The answer to a hello. */
export interface GreetingReply {
  readonly kind: "greeting";
  /** The hub's version, for people. */
  readonly version: string;
  /** What a login must repeat. */
  readonly nonce: string;
  /** Whether a login is wanted before anything else. */
  readonly login: boolean;
}

/** What was asked is done. Where there is a list, all of it has been said. */
export interface DoneReply {
  readonly kind: "done";
}

/** What was asked cannot be done. The conversation is over. */
export interface FailedReply {
  readonly kind: "failed";
  /** Why, for programs. */
  readonly code: "login" | "unknown-job" | "refused" | "store" | "malformed";
  /** Why, for people. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
}

/** Every host of the job that is followed is in a final state. */
export interface OverReply {
  readonly kind: "over";
}

/** The block of the job's input that begins there is wanted. */
export interface NeedInputReply {
  readonly kind: "need";
  /** Where it begins. */
  readonly offset: number;
}

/** It is wanted where a host begins to read the job's input. */
export interface NeedStartReply {
  readonly kind: "start";
  /** The host. */
  readonly node: string;
}

/** A host that was named is not known, or not there. */
export interface AbsentReply {
  readonly kind: "absent";
  /** Its name. */
  readonly name: string;
}

/** An agent proves that it is there. */
export interface PongReply {
  readonly kind: "pong";
  /** Its name. */
  readonly name: string;
  /** The key by which the hub knows it, in base64. */
  readonly key: string;
  /** What it has signed, in base64. */
  readonly envelope: string;
}

/** Names that were asked for; a long list takes several of these. */
export interface NodesReply {
  readonly kind: "nodes";
  /** Folded, such as `web[01-20],db1`. */
  readonly names: string;
}

/** How many agents of the first program there are, or were sent a command. */
export interface LegacyCountReply {
  readonly kind: "nameless";
  /** Their number. */
  readonly count: number;
}

/** Every answer but output. */
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

/** Output of a host of the job that is followed. */
export interface OutputReply {
  readonly kind: "output";
  /** The host. */
  readonly node: string;
  /** Where the command wrote it. */
  readonly stream: "stdout" | "stderr";
  /** Where the chunk begins, counted over this stream. */
  readonly offset: number;
  /** At least one byte. */
  readonly bytes: Uint8Array;
}

/** What a piece of output costs whoever holds it, beside its bytes, in bytes. */
const REPLY_COST = 512;

/** What output counts for while it is under way: a program that is slow holds all of that. */
export function outputCost({ bytes }: Pick<OutputReply, "bytes">): number {
  return bytes.length + REPLY_COST;
}

/** Everything that a hub answers. */
export type HubReply = PlainReply | OutputReply;

const OUTPUT_TAG = 0x01;
const STREAMS = ["stdout", "stderr"] as const;
/** Tag, stream, offset and the length of the name. */
const OUTPUT_HEADER = 1 + 1 + 8 + 1;

const line = text({ maxBytes: 4_096 });
const key = base64({ min: 32, max: 32 });
const envelope = base64({ max: 655_360 });

const REPLY_FORMAT: CanonicalForm<PlainReply> = {
  title: "answer",
  code: "body",
  maxBytes: 1_048_000,
  schema: union<PlainReply>({
    greeting: object<GreetingReply>({
      kind: literal("greeting"),
      version: text({ maxBytes: 64 }),
      nonce: hex(32),
      login: boolean(),
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
    need: object<NeedInputReply>({ kind: literal("need"), offset: integer(0) }),
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

/** Writes an answer, as parts of which the bytes of output, which are many, are one. */
export function encodeReply(answer: HubReply): Uint8Array[] {
  if (answer.kind !== "output") return [encodeCanonicalJson(answer, REPLY_FORMAT)];
  return [encodeOutputHeader(answer), answer.bytes];
}

/**
 * Reads an answer.
 * @throws {EnvelopeError} `body` if it is none
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
    throw new EnvelopeError("body", "output of no host, or of too much");
  }
  return { kind: "output", node, stream, offset, bytes: bytes.subarray(start) };
}
