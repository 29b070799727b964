/**
 * The error of a build.
 * @module
 */

/** An executable cannot be made. The message is a phrase for a person. */
export class BuildError extends Error {
  override readonly name = "BuildError";
  /** What to do about it. */
  readonly hint: string | undefined;

  /** Makes an error with a phrase that says what happened. */
  constructor(message: string, options: ErrorOptions & { readonly hint?: string } = {}) {
    super(message, options);
    this.hint = options.hint;
  }
}
