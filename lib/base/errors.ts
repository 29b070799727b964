/**
 * The error for a file or folder that the program must not rely on, because other users could have
 * read or changed it.
 * @module
 */

/** A file or folder that others could have changed or read, or that cannot be used at all. */
export class PrivateFileError extends Error {
  /** The name of the class. */
  override readonly name = "PrivateFileError";
  /** One line of advice, empty when there is none. */
  readonly hint: string;

  /** Says what is wrong and what would help. */
  constructor(message: string, hint = "", options?: ErrorOptions) {
    super(message, options);
    this.hint = hint;
  }
}
