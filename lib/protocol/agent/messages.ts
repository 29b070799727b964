/**
 * Encodes the messages between hub and agent, as bodies of surveys and of replies. The first bytes
 * show the form: a signed envelope (DSSE), an envelope with the values of its secrets, a plain
 * message in JSON, or a block of standard input or output. Plain messages announce, acknowledge and
 * keep alive. Nothing in them counts as proof.
 * @module
 */
import { concat, encodeUtf8, startsWith } from "../../base/bytes.ts";
import { EnvelopeError } from "../../envelope/errors.ts";
import {
  decodeInput,
  decodeOutput,
  encodeInput,
  encodeOutputHeader,
  type InputMessage,
  isInput,
  isOutput,
  type OutputMessage,
} from "./streams.ts";
import {
  type CanonicalForm,
  decodeCanonicalJson,
  encodeCanonicalJson,
} from "../../envelope/encoding/canonical_json.ts";
import type { SpokenProtocol } from "../../envelope/statements/session_statements.ts";
import { firstMessage, spokenFields } from "../session/version.ts";
import { MAX_SECRETS_PART_BYTES } from "../../envelope/statements/secrets.ts";
import {
  hex,
  integer,
  literal,
  object,
  optional,
  text,
  union,
} from "../../envelope/encoding/schema.ts";

/**
 * A signed envelope that nobody has opened yet. A hub sends requests and directives, an agent sends
 * hellos, results and pongs.
 */
export interface SealedMessage {
  readonly kind: "sealed";
  /** The bytes of the envelope. */
  readonly envelope: Uint8Array;
  /**
   * The values of a request's secrets, as `secrets.ts` encodes them. A hub keeps them in memory and
   * stores the envelope alone.
   */
  readonly secrets?: Uint8Array;
}

/** The hub's greeting: the first survey on every connection. */
export interface Welcome extends SpokenProtocol {
  readonly kind: "welcome";
  /** The agent's hello repeats it, so that no hello can be used twice. */
  readonly nonce: string;
  /** The hub's version, for people. */
  readonly version: string;
}

/** Asks the agent for a sign of life. */
export interface Ping {
  readonly kind: "ping";
  /** The agent signs it in its pong. Without it a plain {@linkcode Pong} is enough. */
  readonly nonce?: string;
}

/** Acknowledges the result of request `id`, which is on disk: the agent may forget it. */
export interface Ack {
  readonly kind: "ack";
  /** The id of the request, 32 hex digits. */
  readonly id: string;
}

/**
 * Credits output of request `id`: the agent may send up to {@linkcode OUTPUT_WINDOW} bytes beyond
 * `received`. After a reconnect the agent continues from there.
 */
export interface Credit {
  readonly kind: "credit";
  /** The id of the request, 32 hex digits. */
  readonly id: string;
  /** How many bytes of both streams together the hub has consumed. */
  readonly received: number;
}

/**
 * Rejects the agent, because the hub knows its name by another key. The message is not signed, so
 * the agent only logs it.
 */
export interface Rejected {
  readonly kind: "turned-away";
}

/** A command of the first program, without a signature. */
export interface UnsignedCommand {
  readonly kind: "unsigned";
  /** The id of the request, 32 hex digits. */
  readonly id: string;
  /** A host name or `ALL`. */
  readonly host: string;
  /** A text for `/bin/sh -c`. */
  readonly command: string;
}

/** Confirms that the agent has accepted request `id`. */
export interface Delivered {
  readonly kind: "delivered";
  /** The id of the request, 32 hex digits. */
  readonly id: string;
}

/** Reports that the command of request `id` runs. */
export interface Started {
  readonly kind: "started";
  /** The id of the request, 32 hex digits. */
  readonly id: string;
}

/**
 * Credits standard input of request `id`: the hub may send up to {@linkcode INPUT_WINDOW} bytes
 * beyond `taken`. The hub sends nothing before the first credit on a connection, and starts there.
 */
export interface InputCredit {
  readonly kind: "fed";
  /** The id of the request, 32 hex digits. */
  readonly id: string;
  /** The end offset of the last block that the command has consumed; 0 before the first. */
  readonly taken: number;
}

/** Reports that the command of request `id` reads no more of its standard input. */
export interface InputClosed {
  readonly kind: "enough";
  /** The id of the request, 32 hex digits. */
  readonly id: string;
}

/**
 * Reports that the command of request `id` has succeeded and is rolled back without a confirmation.
 * An operator confirms only after this message, because the agent ignores earlier confirmations.
 */
export interface Unconfirmed {
  readonly kind: "unconfirmed";
  /** The id of the request, 32 hex digits. */
  readonly id: string;
}

/** Replies to a {@linkcode Ping} without a nonce. */
export interface Pong {
  readonly kind: "pong";
}

/** A message of a hub that is neither sealed nor input. */
export type PlainHubMessage = Welcome | Ping | Ack | Credit | Rejected | UnsignedCommand;
/** A message of an agent that is neither sealed nor output. */
export type PlainAgentMessage =
  | Delivered
  | Started
  | Unconfirmed
  | InputCredit
  | InputClosed
  | Pong;

/** A message of a hub. */
export type HubMessage = SealedMessage | PlainHubMessage | InputMessage;
/** A message of an agent. */
export type AgentMessage = SealedMessage | PlainAgentMessage | OutputMessage;

const ID_BYTES = 16;
const MAX_COMMAND_BYTES = 131_072;
const SECRETS_TAG = 0x10;
/** Tag and length of the envelope. */
const SECRETS_HEADER = 1 + 4;
const SEALED_START = encodeUtf8('{"payload":');
const PLAIN_START = encodeUtf8('{"kind":');

const id = hex(ID_BYTES);

const HUB_FORMAT: CanonicalForm<PlainHubMessage> = {
  title: "message",
  code: "body",
  // JSON encodes a control character in six bytes. The rest is for names and numbers.
  maxBytes: 6 * MAX_COMMAND_BYTES + 4_096,
  schema: union<PlainHubMessage>({
    welcome: firstMessage<Welcome>({
      kind: literal("welcome"),
      nonce: hex(32),
      version: text({ maxBytes: 64 }),
      ...spokenFields,
    }),
    ping: object<Ping>({ kind: literal("ping"), nonce: optional(hex(32)) }),
    ack: object<Ack>({ kind: literal("ack"), id }),
    credit: object<Credit>({ kind: literal("credit"), id, received: integer(0) }),
    "turned-away": object<Rejected>({ kind: literal("turned-away") }),
    unsigned: object<UnsignedCommand>({
      kind: literal("unsigned"),
      id,
      host: text({ maxBytes: 253, min: 1 }),
      command: text({ maxBytes: MAX_COMMAND_BYTES }),
    }),
  }),
};

const AGENT_FORMAT: CanonicalForm<PlainAgentMessage> = {
  title: "message",
  code: "body",
  maxBytes: 1_024,
  schema: union<PlainAgentMessage>({
    delivered: object<Delivered>({ kind: literal("delivered"), id }),
    started: object<Started>({ kind: literal("started"), id }),
    unconfirmed: object<Unconfirmed>({ kind: literal("unconfirmed"), id }),
    fed: object<InputCredit>({ kind: literal("fed"), id, taken: integer(0) }),
    enough: object<InputClosed>({ kind: literal("enough"), id }),
    pong: object<Pong>({ kind: literal("pong") }),
  }),
};

/** Encodes a message of a hub. */
export function encodeHubMessage(message: HubMessage): Uint8Array {
  switch (message.kind) {
    case "sealed": {
      const { envelope, secrets } = message;
      return secrets ? encodeSecrets(envelope, secrets) : envelope;
    }
    case "input":
      return encodeInput(message);
    default:
      return encodeCanonicalJson(message, HUB_FORMAT);
  }
}

/**
 * Decodes a message of a hub, without opening a sealed one.
 * @throws {EnvelopeError} `body` if it is malformed
 */
export function decodeHubMessage(bytes: Uint8Array): HubMessage {
  if (bytes[0] === SECRETS_TAG) return decodeSecrets(bytes);
  if (isInput(bytes)) return decodeInput(bytes);
  return decodeSealed(bytes) ?? decodeCanonicalJson(requirePlain(bytes), HUB_FORMAT);
}

/** Encodes a message of an agent. Output is a part of its own, so that it is not copied. */
export function encodeAgentMessage(message: AgentMessage): Uint8Array[] {
  switch (message.kind) {
    case "sealed":
      return [message.envelope];
    case "output":
      return [encodeOutputHeader(message), message.bytes];
    default:
      return [encodeCanonicalJson(message, AGENT_FORMAT)];
  }
}

/**
 * Decodes a message of an agent, without opening a sealed one.
 * @throws {EnvelopeError} `body` if it is malformed, such as the reply of a foreign respondent
 */
export function decodeAgentMessage(bytes: Uint8Array): AgentMessage {
  if (isOutput(bytes)) return decodeOutput(bytes);
  return decodeSealed(bytes) ?? decodeCanonicalJson(requirePlain(bytes), AGENT_FORMAT);
}

function decodeSealed(bytes: Uint8Array): SealedMessage | undefined {
  return startsWith(bytes, SEALED_START) ? { kind: "sealed", envelope: bytes } : undefined;
}

function requirePlain(bytes: Uint8Array): Uint8Array {
  if (startsWith(bytes, PLAIN_START)) return bytes;
  throw new EnvelopeError("body", "not a message of a nanoexec session");
}

function encodeSecrets(envelope: Uint8Array, secrets: Uint8Array): Uint8Array {
  const header = new Uint8Array(SECRETS_HEADER);
  header[0] = SECRETS_TAG;
  new DataView(header.buffer).setUint32(1, envelope.length);
  return concat([header, envelope, secrets]);
}

function decodeSecrets(bytes: Uint8Array): SealedMessage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = bytes.length < SECRETS_HEADER ? Infinity : SECRETS_HEADER + view.getUint32(1);
  const message = decodeSealed(bytes.subarray(SECRETS_HEADER, end));
  const size = bytes.length - end;
  if (message && size > 0 && size <= MAX_SECRETS_PART_BYTES) {
    return { ...message, secrets: bytes.subarray(end) };
  }
  throw new EnvelopeError("body", "not a request with secrets");
}
