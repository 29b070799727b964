/**
 * What peers sign over a nonce from the hub, so that it is valid for one connection or one ping: an
 * agent's hello and pong, and an operator's login. The hub may see an agent's key for the first
 * time in its hello.
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
  record,
  text,
} from "../encoding/schema.ts";
import { publicKeyFromBase64 } from "../keys/public_key.ts";
import { definePayloadType, type PayloadType } from "../signing/payload_type.ts";
import { readUnverified } from "../signing/unverified_envelope.ts";
import { type Verified, verifyEnvelope } from "../signing/verify_envelope.ts";
import { FACT_NAME, nodeName, requestId, unixMillis } from "./body_fields.ts";

/** The body of a hello, version 1. Fields are on the wire in this order. */
export interface Hello {
  /** The version of this form. */
  readonly v: 1;
  /** The nonce of the hub's welcome: a hello is good for one connection. */
  readonly nonce: string;
  /** The name on which the agent filters. */
  readonly name: string;
  /** The agent's public key, 32 bytes in base64. */
  readonly publicKey: string;
  /** Grows with every session of this agent. */
  readonly epoch: number;
  /** The version of the agent, for people. */
  readonly version: string;
  /** What the agent says of its host: at most 256 facts of at most 1,024 bytes each. */
  readonly facts: Readonly<Record<string, string>>;
  /** The ids of the requests that are running; at most 1,024. */
  readonly running: readonly string[];
  /** The ids of the requests whose results have not been acknowledged; at most 4,096. */
  readonly held: readonly string[];
  /** Whether the agent runs unsigned commands too. */
  readonly insecure: boolean;
  /** The agent's clock, in Unix milliseconds. */
  readonly clockMs: number;
}

/** The most running requests that a hello names. */
export const MAX_HELLO_RUNNING = 1_024;
/** The most unacknowledged results that a hello names; the rest follow once these are gone. */
export const MAX_HELLO_HELD = 4_096;

/**
 * The longest message that a hub accepts before the login, in bytes: a hello with at most
 * {@linkcode MAX_FACTS_BYTES} of facts and as many ids as {@linkcode fitHello} leaves.
 */
export const MAX_HELLO_BYTES = 65_536;
/** The most bytes of all facts of a host together, as JSON. */
export const MAX_FACTS_BYTES = 16_384;
/** The most ids of each list of a hello that are sent: the oldest. */
const MAX_SENT_RUNNING = 256;
const MAX_SENT_HELD = 512;

/** Shortens the lists of a hello, so that it is not longer than {@linkcode MAX_HELLO_BYTES}. */
export function fitHello<T extends Pick<Hello, "running" | "held">>(hello: T): T {
  const running = hello.running.slice(0, MAX_SENT_RUNNING);
  return { ...hello, running, held: hello.held.slice(0, MAX_SENT_HELD) };
}

/** Hellos, as agents sign them. */
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
  }),
);

/**
 * Opens a hello with the key that it names itself. That proves that the sender holds this key and
 * signed this nonce; whether the key belongs to the name is for the hub to know.
 * @throws {EnvelopeError} as `verifyEnvelope()` does
 * @throws {KeyError} if the key is one that nobody may use
 */
export function verifyHello(bytes: Uint8Array): Verified<Hello> {
  const key = publicKeyFromBase64(readUnverified(bytes, helloType).claimed.publicKey);
  return verifyEnvelope(bytes, {
    payloadType: helloType,
    keys: (keyid) => keyid === key.keyid ? key : undefined,
  });
}

/** The body of a login, version 1. Fields are on the wire in this order. */
export interface Login {
  /** The version of this form. */
  readonly v: 1;
  /** The nonce of the hub's greeting: a login is good for one connection. */
  readonly nonce: string;
  /** The version of the operator's program, for people. */
  readonly version: string;
}

/** Logins, as operators sign them. */
export const loginType: PayloadType<Login> = definePayloadType(
  "login",
  object<Login>({ v: literal(1), nonce: hex(32), version: text({ maxBytes: 64 }) }),
);

/** The body of a pong, version 1. Fields are on the wire in this order. */
export interface SignedPong {
  /** The version of this form. */
  readonly v: 1;
  /** The nonce of the ping: a pong answers no other one. */
  readonly nonce: string;
  /** The name of the agent. */
  readonly name: string;
  /** The agent's clock, in Unix milliseconds. */
  readonly clockMs: number;
}

/** Pongs, as agents sign them. */
export const pongType: PayloadType<SignedPong> = definePayloadType(
  "pong",
  object<SignedPong>({ v: literal(1), nonce: hex(32), name: nodeName, clockMs: unixMillis }),
);
