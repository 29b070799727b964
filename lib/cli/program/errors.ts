/**
 * The error class of the command line, for a mistake that the operator can correct.
 * @module
 */

/** What a {@linkcode UserError} carries beside its message. */
export interface UserErrorOptions extends ErrorOptions {
  /** What to do about it, printed as `hint: …`; a phrase like the message. */
  readonly hint?: string | undefined;
}

/**
 * A wrong option, a missing key, a port that is taken: anything that a person caused and can
 * mend. It is reported as one line and, if there is one, a hint. The message is a phrase in lower
 * case without a final period that makes sense after `nanotrigger: error: `.
 */
export class UserError extends Error {
  /** Tells this class from others, also in a minified program. */
  override readonly name = "UserError";
  /** What to do about it, if that is known. */
  readonly hint: string | undefined;

  /** Makes an error that says `message`, with an optional hint and cause. */
  constructor(message: string, options: UserErrorOptions = {}) {
    super(message, options);
    this.hint = options.hint;
  }
}
