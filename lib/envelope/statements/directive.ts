/**
 * Directives, which an operator signs about an earlier request: release its held hosts, cancel it,
 * or confirm its changes so that they are not rolled back. A cancel wins over a release and over a
 * confirmation, whichever comes first.
 * @module
 */

import { note, requestId, sha256, target, unixMillis } from "./body_fields.ts";
import { definePayloadType, type PayloadType } from "../signing/payload_type.ts";
import { literal, object, optional, type Schema, withRule } from "../encoding/schema.ts";

/** The body of a directive, version 1. Fields are on the wire in this order. */
export interface Directive {
  /** The version of this form. */
  readonly v: 1;
  /** The directive's own id, not that of the request. */
  readonly id: string;
  /** When it was signed, in Unix milliseconds. */
  readonly issued: number;
  /** The last moment at which it counts, in Unix milliseconds. */
  readonly expires: number;
  /** The hosts that it is for, as in a request. */
  readonly target: string;
  /** The id of the request that it is about. */
  readonly job: string;
  /**
   * Hex SHA-256 of the body of that request. A release must name it. Without it, a cancel or a
   * confirmation is about any request of this id.
   */
  readonly request?: string;
  /** For people: at most 200 bytes. */
  readonly note?: string;
}

const directive: Schema<Directive> = object<Directive>({
  v: literal(1),
  id: requestId,
  issued: unixMillis,
  expires: unixMillis,
  target,
  job: requestId,
  request: optional(sha256),
  note: optional(note),
});

/** The request is to be stopped. */
export const cancelType: PayloadType<Directive> = definePayloadType("cancel", directive);

/** What the request has changed may stay: it is not undone. */
export const confirmType: PayloadType<Directive> = definePayloadType("confirm", directive);

/** The held hosts of its target may start the request. */
export const releaseType: PayloadType<Directive> = definePayloadType(
  "release",
  withRule(
    directive,
    ({ request }) => request === undefined ? "names no request" : undefined, // check: release-request
  ),
);
