/**
 * Statements that peers sign over a nonce of the hub, valid for one connection or one ping: hello
 * and pong of an agent, login of an operator. The hello may be the first sight of an agent's key.
 * @module
 */
import {
  base64,
  boolean,
  hex,
  integer,
  list,
  literal,
  object,
  optional,
  record,
  type Schema,
  text,
} from "../encoding/schema.ts";
import { publicKeyFromBase64 } from "../keys/public_key.ts";
import { definePayloadType, type PayloadType } from "../signing/payload_type.ts";
import { readUnverified } from "../signing/unverified_envelope.ts";
import { type Verified, verifyEnvelope } from "../signing/verify_envelope.ts";
import { FACT_NAME, nodeName, requestId, unixMillis } from "./body_fields.ts";

/** What a program says of the protocol that it speaks. Absent in messages of nanoexec 0.1. */
export interface SpokenProtocol {
  /** The protocol number, from 1. */
  readonly protocol?: number;
  /** What the program can do, as names: at most 64. Unknown names mean nothing to a reader. */
  readonly capabilities?: readonly string[];
}

/** A protocol number. */
export const protocolNumber: Schema<number> = integer(1, 65_535);

/** Names of capabilities. */
export const capabilityList: Schema<readonly string[]> = list(
  text({ maxBytes: 32, pattern: /^[a-z][a-z0-9-]*$/ }),
  { min: 0, max: 64 },
);

/** The body of a hello, version 1. Fields are on the wire in this order. */
export interface Hello extends SpokenProtocol {
  /** The version of this form. */
  readonly v: 1;
  /** The nonce of the hub's welcome: a hello is valid for one connection. */
  readonly nonce: string;
  /** The name of the agent, to which it applies targets. */
  readonly name: string;
  /** The agent's public key, 32 bytes in base64. */
  readonly publicKey: string;
  /** Increases with every session of this agent. */
  readonly epoch: number;
  /** The version of the agent, for people. */
  readonly version: string;
  /** The facts of the host: at most 256, of at most 1,024 bytes each. */
  readonly facts: Readonly<Record<string, string>>;
  /** The ids of the running requests; at most 1,024. */
  readonly running: readonly string[];
  /** The ids of the requests with unacknowledged results; at most 4,096. */
  readonly held: readonly string[];
  /** Whether the agent also runs unsigned commands. */
  readonly insecure: boolean;
  /** The agent's clock, in Unix milliseconds. */
  readonly clockMs: number;
}

/** The maximum number of running requests in a hello. */
export const MAX_HELLO_RUNNING = 1_024;
/** The maximum number of unacknowledged results in a hello; the rest follow after these. */
export const MAX_HELLO_HELD = 4_096;

/**
 * The longest message that a hub accepts before the login, in bytes: a hello with at most
 * {@linkcode MAX_FACTS_BYTES} of facts and as many ids as {@linkcode fitHello} leaves.
 */
export const MAX_HELLO_BYTES = 65_536;
/** The maximum number of bytes of all facts of a host, as JSON. */
export const MAX_FACTS_BYTES = 16_384;
/** The maximum number of ids in each sent list of a hello; the oldest are sent. */
const MAX_SENT_RUNNING = 256;
const MAX_SENT_HELD = 512;

/** Shortens the lists of a hello, so that it is not longer than {@linkcode MAX_HELLO_BYTES}. */
export function fitHello<T extends Pick<Hello, "running" | "held">>(hello: T): T {
  const running = hello.running.slice(0, MAX_SENT_RUNNING);
  return { ...hello, running, held: hello.held.slice(0, MAX_SENT_HELD) };
}

/** The payload type of hellos, which agents sign. */
export const helloType: PayloadType<Hello> = definePayloadType(
  "hello",
  object<Hello>({
    v: literal(1),
    nonce: hex(32),
    name: nodeName,
    publicKey: base64({ min: 32, max: 32 }),
    epoch: integer(0),
    version: text({ maxBytes: 64 }),
    facts: record({ name: FACT_NAME, value: text({ maxBytes: 1_024 }), max: 256 }),
    running: list(requestId, { min: 0, max: MAX_HELLO_RUNNING }),
    held: list(requestId, { min: 0, max: MAX_HELLO_HELD }),
    insecure: boolean(),
    clockMs: unixMillis,
    protocol: optional(protocolNumber),
    capabilities: optional(capabilityList),
  }),
);

/**
 * Verifies a hello with the key in it. That proves that the sender holds this key and signed this
 * nonce. The hub checks whether the key belongs to the name.
 * @throws {EnvelopeError} as `verifyEnvelope()` does
 * @throws {KeyError} if the key is weak or malformed
 */
export function verifyHello(bytes: Uint8Array): Verified<Hello> {
  const key = publicKeyFromBase64(readUnverified(bytes, helloType).claimed.publicKey);
  return verifyEnvelope(bytes, {
    payloadType: helloType,
    keys: (keyid) => keyid === key.keyid ? key : undefined,
  });
}

/** The body of a login, version 1. Fields are on the wire in this order. */
export interface Login extends SpokenProtocol {
  /** The version of this form. */
  readonly v: 1;
  /** The nonce of the hub's greeting: a login is valid for one connection. */
  readonly nonce: string;
  /** The version of the operator's program, for people. */
  readonly version: string;
}

/** The payload type of logins, which operators sign. */
export const loginType: PayloadType<Login> = definePayloadType(
  "login",
  object<Login>({
    v: literal(1),
    nonce: hex(32),
    version: text({ maxBytes: 64 }),
    protocol: optional(protocolNumber),
    capabilities: optional(capabilityList),
  }),
);

/** The body of a pong, version 1. Fields are on the wire in this order. */
export interface SignedPong {
  /** The version of this form. */
  readonly v: 1;
  /** The nonce of the ping: a pong answers only this one. */
  readonly nonce: string;
  /** The name of the agent. */
  readonly name: string;
  /** The agent's clock, in Unix milliseconds. */
  readonly clockMs: number;
}

/** The payload type of pongs, which agents sign. */
export const pongType: PayloadType<SignedPong> = definePayloadType(
  "pong",
  object<SignedPong>({ v: literal(1), nonce: hex(32), name: nodeName, clockMs: unixMillis }),
);
