/**
 * What an operator signs to stop a job. Imports its siblings.
 * @module
 */

import { note, requestId, target, unixMillis } from "./body_fields.ts";
import { type PayloadType, payloadType } from "./payload_type.ts";
import { literal, object, optional } from "./schema.ts";

/** The body of a cancel, version 1. Fields are on the wire in this order. */
export interface Cancel {
  /** The version of this form. */
  readonly v: 1;
  /** The cancel's own id, not that of the request. */
  readonly id: string;
  /** When it was signed, in Unix milliseconds. */
  readonly issued: number;
  /** The last moment at which it counts, in Unix milliseconds. */
  readonly expires: number;
  /** The hosts on which to stop it, as in a request. */
  readonly target: string;
  /** The id of the request to be stopped. */
  readonly job: string;
  /** For people: at most 200 bytes. */
  readonly note?: string;
}

/** Cancels, as operators sign them. */
export const cancelType: PayloadType<Cancel> = payloadType(
  "cancel",
  object<Cancel>({
    v: literal(1),
    id: requestId,
    issued: unixMillis,
    expires: unixMillis,
    target,
    job: requestId,
    note: optional(note),
  }),
);
