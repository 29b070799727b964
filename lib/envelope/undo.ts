/**
 * How a request is undone where nobody confirms it. Imports its siblings.
 * @module
 */

import { integer, object, type Schema, text } from "./schema.ts";

/** A field of a request. */
export interface Undo {
  /** A text for `/bin/sh -c`: at most 32 KiB, not empty. */
  readonly command: string;
  /** How long the agent waits for a confirmation once the command has ended, in milliseconds. */
  readonly withinMs: number;
}

/** The longest undo command, in bytes. */
export const MAX_UNDO_BYTES = 32_768;
/** The longest time in which a request can be confirmed, in milliseconds: a day. */
export const MAX_WITHIN_MS = 86_400_000;

/** The schema of the field. */
export const undo: Schema<Undo> = object<Undo>({
  command: text({ min: 1, maxBytes: MAX_UNDO_BYTES }),
  withinMs: integer(1_000, MAX_WITHIN_MS),
});
