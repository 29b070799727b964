/**
 * Errors with a message for a person, and the message of any error.
 * @module
 */

/** What a {@linkcode UserError} carries beside its message. */
export interface UserErrorOptions extends ErrorOptions {
  /** What to do about it; empty if that is not known. */
  readonly hint?: string | undefined;
}

/**
 * What an operator or an administrator caused or can mend: a wrong option, a file that others may
 * write, a hub that refuses. It is reported as one line and, if there is one, a hint. Both are
 * phrases in lower case without a final period.
 */
export class UserError extends Error {
  /** Names the class, also in a minified program. */
  override readonly name: string = "UserError";
  /** What to do about it, if that is known. */
  readonly hint: string | undefined;

  /** Makes an error that says `message`, with an optional hint and cause. */
  constructor(message: string, { hint, ...options }: UserErrorOptions = {}) {
    super(message, options);
    this.hint = hint === "" ? undefined : hint;
  }
}

/** The message of what was thrown, whatever it is. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
