/**
 * Errors that keep an agent from starting. Each carries a hint for the administrator.
 * @module
 */

/** An agent that cannot start; `hint` says what the administrator can do about it. */
export class AgentError extends Error {
  /** The name of the class. */
  override readonly name: string = "AgentError";
  /** One line of advice, empty when there is none. */
  readonly hint: string;

  /** Says what is wrong and what would help. */
  constructor(message: string, hint = "", options?: ErrorOptions) {
    super(message, options);
    this.hint = hint;
  }
}

/** The agent was to run as another user and cannot do so completely. */
export class DropError extends AgentError {
  /** The name of the class. */
  override readonly name = "DropError";
}

/** The host has no name that an agent could go by. */
export class HostNameError extends AgentError {
  /** The name of the class. */
  override readonly name = "HostNameError";
}
