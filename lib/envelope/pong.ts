/**
 * What an agent signs when it is asked to prove that it is there. Imports its siblings.
 * @module
 */
import { nodeName, unixMillis } from "./body_fields.ts";
import { type PayloadType, payloadType } from "./payload_type.ts";
import { hex, literal, object } from "./schema.ts";

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
export const pongType: PayloadType<SignedPong> = payloadType(
  "pong",
  object<SignedPong>({ v: literal(1), nonce: hex(32), name: nodeName, clockMs: unixMillis }),
);
