/**
 * What an operator signs to be let in by a hub on another machine. Imports its siblings.
 * @module
 */
import { type PayloadType, payloadType } from "./payload_type.ts";
import { hex, literal, object, text } from "./schema.ts";

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
export const loginType: PayloadType<Login> = payloadType(
  "login",
  object<Login>({ v: literal(1), nonce: hex(32), version: text({ maxBytes: 64 }) }),
);
