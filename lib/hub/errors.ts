/**
 * Errors that keep a hub from starting, or from recording what it knows, with a hint for the
 * administrator.
 * @module
 */

/** A hub that cannot go on; `hint` says what the administrator can do about it. */
export class HubError extends Error {
  /** The name of the class. */
  override readonly name: string = "HubError";
  /** One line of advice, empty when there is none. */
  readonly hint: string;

  /** Says what is wrong and what would help. */
  constructor(message: string, hint = "", options?: ErrorOptions) {
    super(message, options);
    this.hint = hint;
  }
}
