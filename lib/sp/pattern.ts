/**
 * What a pattern is to an endpoint: a role, and something that takes pipes. Patterns know pipes
 * and messages only; they never see a transport.
 * @module
 */
import type { Pipe } from "./pipe.ts";
import type { Role } from "./protocol.ts";

/** One end of a pattern: PUB, SUB, SURVEYOR or RESPONDENT. */
export interface Pattern {
  /** The role that its pipes play. */
  readonly role: Role;
  /** Takes a new pipe into use: calls {@linkcode Pipe.start} on it. */
  attach(pipe: Pipe): void;
}
