/**
 * Fields that several bodies share, each with its limits. Targets in bodies hold no groups, so that
 * every agent can evaluate them by itself; only the operator's side can look up groups.
 * @module
 */
import {
  matchesTarget,
  parseSignedTarget,
  type Target,
  TargetError,
  UnresolvedTargetError,
} from "../../nodeset/mod.ts";
import {
  MAX_NODE_NAME_LENGTH,
  MAX_SIGNED_TARGET_BYTES,
} from "../../nodeset/parsing/parse_limits.ts";
import { isNodeName } from "../../nodeset/sets/node_name.ts";
import { hex, integer, type Schema, text, withRule } from "../encoding/schema.ts";

/** Matches a user name. Numbers do not match, so a uid is never taken for a name. */
export const USER_NAME: RegExp = /^[A-Za-z_][A-Za-z0-9_.@-]{0,62}\$?$/; // check: user-name

/** Matches the name of a fact: as in a target, but beginning with a letter. */
export const FACT_NAME: RegExp = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;

/** The id of a request: 128 random bits in hex. */
export const requestId: Schema<string> = hex(16); // check: request-id

/** A SHA-256 digest in hex. */
export const sha256: Schema<string> = hex(32);

/** The end of the year 9999: later times have no common text form. */
export const MAX_UNIX_MILLIS = 253_402_300_799_999;

/** Unix time in milliseconds, by the clock of the signer. */
export const unixMillis: Schema<number> = integer(0, MAX_UNIX_MILLIS); // check: time-range

/** A target in canonical form, without groups. */
export const target: Schema<string> = withRule(
  text({ maxBytes: MAX_SIGNED_TARGET_BYTES }),
  (value) => {
    const read = parseResolvedTarget(() => parseSignedTarget(value));
    // check: target-spelling
    return read.kind === "problem" ? `is invalid: ${read.problem}` : undefined;
  },
);

/** The name of a node. */
export const nodeName: Schema<string> = withRule(
  text({ maxBytes: MAX_NODE_NAME_LENGTH }),
  (name) => isNodeName(name) ? undefined : "is not a node name",
);

/** A note for people, up to 200 bytes. */
export const note: Schema<string> = text({ maxBytes: 200 }); // check: note-length

/** Makes a fresh request id. */
export function newRequestId(): string {
  return crypto.getRandomValues(new Uint8Array(16)).toHex();
}

/** A target, or why it cannot be used. */
export type ResolvedTarget =
  | { readonly kind: "target"; readonly target: Target }
  | { readonly kind: "problem"; readonly problem: string };

/** Reads a target with `parse` and looks for groups anywhere in it. */
export function parseResolvedTarget(parse: () => Target): ResolvedTarget {
  try {
    const target = parse();
    matchesTarget(target, { name: "", facts: new Map() }); // throws if there is a group
    return { kind: "target", target };
  } catch (error) {
    if (error instanceof TargetError || error instanceof UnresolvedTargetError) {
      return { kind: "problem", problem: error.message };
    }
    throw error;
  }
}
