/**
 * What a hub answers to an operator's program. Results travel in the envelopes that agents have
 * signed, so that the program can check them for itself; output is bytes. Imports `base`, `nodeset`
 * and `envelope`.
 * @module
 */
import { type HostState, STATE_KINDS } from "../host_state.ts";
import { concat, decodeLatin1, encodeUtf8 } from "../../base/bytes.ts";
import { nodeName, unixMillis } from "../../envelope/statements/body_fields.ts";
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
import { MAX_NAMES } from "./folded_names.ts";
import { type HostAnswer, hostAnswer } from "./host_answer.ts";
import { type JobAnswer, jobAnswer } from "./job_answer.ts";
import { type TraceAnswer, traceAnswer } from "./trace_answer.ts";

/** The answer to a hello. */
export interface Greeting {
  /** Tells it from the other answers. */
  readonly kind: "greeting";
  /** The hub's version, for people. */
  readonly version: string;
  /** What a login must repeat. */
  readonly nonce: string;
  /** Whether a login is wanted before anything else. */
  readonly login: boolean;
}

/** What was asked is done. Where there is a list, all of it has been said. */
export interface Done {
  /** Tells it from the other answers. */
  readonly kind: "done";
}

/** What was asked cannot be done. The conversation is over. */
export interface Failed {
  /** Tells it from the other answers. */
  readonly kind: "failed";
  /** Why, for programs. */
  readonly code: "login" | "unknown-job" | "refused" | "store" | "malformed";
  /** Why, for people. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
}

/** The state of one host in the job that is followed. */
export interface StateAnswer {
  /** Tells it from the other answers. */
  readonly kind: "state";
  /** The host. */
  readonly node: string;
  /** How far it is, or how it ended. */
  readonly state: HostState["kind"];
  /** When it came to that, in Unix milliseconds by the hub's clock. */
  readonly at: number;
  /** Why it is lost, or was never reached. */
  readonly reason?: string;
  /** What the agent has signed, in base64, once it has ended. */
  readonly result?: string;
  /** The key by which the hub knows the agent, in base64, once it has the request. */
  readonly key?: string;
}

/** Every host of the job that is followed is in a final state. */
export interface Over {
  /** Tells it from the other answers. */
  readonly kind: "over";
}

/** The block of the job's input that begins there is wanted. */
export interface NeedAnswer {
  /** Tells it from the other answers. */
  readonly kind: "need";
  /** Where it begins. */
  readonly offset: number;
}

/** It is wanted where a host begins to read the job's input. */
export interface StartAnswer {
  /** Tells it from the other answers. */
  readonly kind: "start";
  /** The host. */
  readonly node: string;
}

/** A host that was named is not known, or not there. */
export interface AbsentAnswer {
  /** Tells it from the other answers. */
  readonly kind: "absent";
  /** Its name. */
  readonly name: string;
}

/** An agent proves that it is there. */
export interface PongAnswer {
  /** Tells it from the other answers. */
  readonly kind: "pong";
  /** Its name. */
  readonly name: string;
  /** The key by which the hub knows it, in base64. */
  readonly key: string;
  /** What it has signed, in base64. */
  readonly envelope: string;
}

/** Names that were asked for; a long list takes several of these. */
export interface NodesAnswer {
  /** Tells it from the other answers. */
  readonly kind: "nodes";
  /** Folded, such as `web[01-20],db1`. */
  readonly names: string;
}

/** How many agents of the first program there are, or were sent a command. */
export interface NamelessAnswer {
  /** Tells it from the other answers. */
  readonly kind: "nameless";
  /** Their number. */
  readonly count: number;
}

/** Every answer but output. */
export type PlainAnswer =
  | Greeting
  | Done
  | Failed
  | StateAnswer
  | Over
  | NeedAnswer
  | StartAnswer
  | JobAnswer
  | HostAnswer
  | AbsentAnswer
  | PongAnswer
  | NodesAnswer
  | NamelessAnswer
  | TraceAnswer;

/** Output of a host of the job that is followed. */
export interface OutputAnswer {
  /** Tells it from the other answers. */
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
const ANSWER_COST = 512;

/** What output counts for while it is under way: a program that is slow holds all of that. */
export function costOf({ bytes }: Pick<OutputAnswer, "bytes">): number {
  return bytes.length + ANSWER_COST;
}

/** Everything that a hub answers. */
export type Answer = PlainAnswer | OutputAnswer;

const OUTPUT_TAG = 0x01;
const STREAMS = ["stdout", "stderr"] as const;
/** Tag, stream, offset and the length of the name. */
const OUTPUT_HEADER = 1 + 1 + 8 + 1;

const line = text({ maxBytes: 4_096 });
const key = base64({ min: 32, max: 32 });
const envelope = base64({ max: 655_360 });

const ANSWERS: CanonicalForm<PlainAnswer> = {
  title: "answer",
  code: "body",
  maxBytes: 1_048_000,
  schema: union<PlainAnswer>({
    greeting: object<Greeting>({
      kind: literal("greeting"),
      version: text({ maxBytes: 64 }),
      nonce: hex(32),
      login: boolean(),
    }),
    done: object<Done>({ kind: literal("done") }),
    failed: object<Failed>({
      kind: literal("failed"),
      code: oneOf("login", "unknown-job", "refused", "store", "malformed"),
      message: line,
      hint: optional(line),
    }),
    state: object<StateAnswer>({
      kind: literal("state"),
      node: nodeName,
      state: oneOf(...STATE_KINDS),
      at: unixMillis,
      reason: optional(line),
      result: optional(envelope),
      key: optional(key),
    }),
    over: object<Over>({ kind: literal("over") }),
    need: object<NeedAnswer>({ kind: literal("need"), offset: integer(0) }),
    start: object<StartAnswer>({ kind: literal("start"), node: nodeName }),
    job: jobAnswer,
    host: hostAnswer,
    absent: object<AbsentAnswer>({ kind: literal("absent"), name: nodeName }),
    pong: object<PongAnswer>({ kind: literal("pong"), name: nodeName, key, envelope }),
    nodes: object<NodesAnswer>({ kind: literal("nodes"), names: text({ maxBytes: MAX_NAMES }) }),
    nameless: object<NamelessAnswer>({ kind: literal("nameless"), count: integer(0) }),
    trace: traceAnswer,
  }),
};

/** Writes an answer, as parts of which the bytes of output, which are many, are one. */
export function encodeAnswer(answer: Answer): Uint8Array[] {
  if (answer.kind !== "output") return [encodeCanonicalJson(answer, ANSWERS)];
  return [encodeOutputHeader(answer), answer.bytes];
}

/**
 * Reads an answer.
 * @throws {EnvelopeError} `body` if it is none
 */
export function decodeAnswer(bytes: Uint8Array): Answer {
  return bytes[0] === OUTPUT_TAG ? decodeOutput(bytes) : decodeCanonicalJson(bytes, ANSWERS);
}

function encodeOutputHeader({ node, stream, offset }: OutputAnswer): Uint8Array {
  const name = encodeUtf8(node);
  const header = new Uint8Array(OUTPUT_HEADER);
  header[0] = OUTPUT_TAG;
  header[1] = STREAMS.indexOf(stream);
  new DataView(header.buffer).setBigUint64(2, BigInt(offset));
  header[OUTPUT_HEADER - 1] = name.length;
  return concat([header, name]);
}

function decodeOutput(bytes: Uint8Array): OutputAnswer {
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
