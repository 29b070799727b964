/**
 * How an agent introduces itself, once per connection: signed with its own key, which the hub may
 * see for the first time. Imports its siblings.
 * @module
 */

import { FACT_NAME, nodeName, requestId, unixMillis } from "./body_fields.ts";
import { open, type Verified } from "./open.ts";
import { type PayloadType, payloadType } from "./payload_type.ts";
import { peek } from "./peek.ts";
import { publicKeyFromBase64 } from "./public_key.ts";
import { base64, boolean, hex, integer, list, literal, object, record, text } from "./schema.ts";

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
export const MAX_RUNNING = 1_024;
/** The most unacknowledged results that a hello names; the rest follow once these are gone. */
export const MAX_HELD = 4_096;

/** Hellos, as agents sign them. */
export const helloType: PayloadType<Hello> = payloadType(
  "hello",
  object<Hello>({
    v: literal(1),
    nonce: hex(32),
    name: nodeName,
    publicKey: base64({ min: 32, max: 32 }),
    epoch: integer(0),
    version: text({ maxBytes: 64 }),
    facts: record({ name: FACT_NAME, value: text({ maxBytes: 1_024 }), max: 256 }),
    running: list(requestId, { min: 0, max: MAX_RUNNING }),
    held: list(requestId, { min: 0, max: MAX_HELD }),
    insecure: boolean(),
    clockMs: unixMillis,
  }),
);

/**
 * Opens a hello with the key that it names itself. That proves that the sender holds this key and
 * signed this nonce; whether the key belongs to the name is for the hub to know.
 * @throws {EnvelopeError} as `open()` does
 * @throws {KeyError} if the key is one that nobody may use
 */
export function openHello(bytes: Uint8Array): Verified<Hello> {
  const key = publicKeyFromBase64(peek(bytes, helloType).claimed.publicKey);
  return open(bytes, {
    payloadType: helloType,
    keys: (keyid) => keyid === key.keyid ? key : undefined,
  });
}
