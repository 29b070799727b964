/**
 * Errors with a message for a person, and the message of any error.
 * @module
 */

/** The optional parts of a {@linkcode UserError}. */
export interface UserErrorOptions extends ErrorOptions {
  /** An imperative that says how to fix it; empty if that is not known. */
  readonly hint?: string | undefined;
}

/**
 * An error that an operator or an administrator can fix: a wrong option, a file that others may
 * write, a hub that refuses. It is reported as one line, and a hint if there is one. Both are
 * phrases in lower case without a final period.
 */
export class UserError extends Error {
  /** Names the class, also in a minified program. */
  override readonly name: string = "UserError";
  /** An imperative that says how to fix it, if that is known. */
  readonly hint: string | undefined;

  /** Creates an error with `message`, and an optional hint and cause. */
  constructor(message: string, { hint, ...options }: UserErrorOptions = {}) {
    super(message, options);
    this.hint = hint === "" ? undefined : hint;
  }
}

/** Returns the message of a thrown value of any type. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
