/**
 * What a hub answers about one job. Imports `envelope`.
 * @module
 */
import { requestId, unixMillis } from "../../envelope/statements/body_fields.ts";
import {
  integer,
  literal,
  object,
  optional,
  record,
  type Schema,
  text,
} from "../../envelope/encoding/schema.ts";

/** One job. */
export interface JobAnswer {
  /** Tells it from the other answers. */
  readonly kind: "job";
  /** The id of the request. */
  readonly id: string;
  /** Who has submitted it. */
  readonly by: string;
  /** The target as it was signed. */
  readonly target: string;
  /** The command, for people. */
  readonly summary: string;
  /** When it was submitted, in Unix milliseconds. */
  readonly submitted: number;
  /** Until when it is kept for hosts that are away. */
  readonly deliverUntil: number;
  /** When its last host ended, if that has happened. */
  readonly overAt?: number;
  /**
   * How many hosts are in each state: `pending`, `delivered`, `started`, `ok`, `failed`, `refused`,
   * `lost` or `skipped`.
   */
  readonly counts: Readonly<Record<string, number>>;
}

const line = text({ maxBytes: 4_096 });

/** The form of a {@linkcode JobAnswer}. */
export const jobAnswer: Schema<JobAnswer> = object<JobAnswer>({
  kind: literal("job"),
  id: requestId,
  by: line,
  target: text({ maxBytes: 262_144 }),
  summary: line,
  submitted: unixMillis,
  deliverUntil: unixMillis,
  overAt: optional(unixMillis),
  counts: record({ name: /^[a-z]+$/, value: integer(0), max: 8 }),
});
