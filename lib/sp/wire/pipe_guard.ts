/**
 * What a pipe asks of its owner's budgets: how much it may receive before the peer has
 * authenticated, and when it may read on. The pipe reports numbers of bytes and messages; what
 * a message means, and who has authenticated, is known above.
 * @module
 */

/** The budget of one connection. Its functions must not throw. */
export interface PipeGuard {
  /** The network address that the connection counts for. */
  readonly address: string;
  /** The largest payload in bytes that an unauthenticated peer may send. */
  readonly maxReceive: number;
  /**
   * Reports how many bytes of an incomplete message the pipe of an unauthenticated peer holds. May
   * close the pipe.
   */
  hold(bytes: number): void;
  /**
   * Counts the peer as authenticated. `isKnown` gives it the reserved part of the budget.
   * @returns false if there is no room for it
   */
  authenticate(isKnown: boolean): boolean;
  /**
   * Calls `resume` whenever the pipe may read on after {@linkcode PipeGuard.takeMessage} has
   * returned false.
   */
  onTurn(resume: () => void): void;
  /** Begins a turn: bytes have come, or the pipe reads on. */
  beginTurn(): void;
  /**
   * Counts a message that was passed on.
   * @returns false if the pipe must not read on now
   */
  takeMessage(bytes: number): boolean;
}
