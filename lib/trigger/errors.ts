/**
 * Errors between an operator's program and a hub, with a hint for the operator.
 * @module
 */

/** A hub that cannot be reached, or does not do what is asked of it. */
export class QueueError extends Error {
  /** The class, for logs. */
  override readonly name = "QueueError";
  /** What can be done about it; empty if nothing is known. */
  readonly hint: string;

  /** Says what is wrong, and what would help. */
  constructor(message: string, hint = "", options?: ErrorOptions) {
    super(message, options);
    this.hint = hint;
  }
}
