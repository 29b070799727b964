/**
 * Checks of how many operands there are. Imports `lib/cli`.
 * @module
 */

import { UserError } from "../errors.ts";

/**
 * For a command that takes no operands.
 * @throws {UserError} if there is one
 */
export function refuseOperands(operands: readonly string[], command: string): void {
  const [first] = operands;
  if (first !== undefined) {
    throw new UserError(`${command} does not know what to do with ${JSON.stringify(first)}`);
  }
}

/**
 * For a command that takes at most one operand: returns it.
 * @throws {UserError} if there are more
 */
export function atMostOne(operands: readonly string[], what: string): string | undefined {
  const [first, second] = operands;
  if (second !== undefined) {
    throw new UserError(`one ${what} is enough: what is ${JSON.stringify(second)}?`);
  }
  if (first === "") throw new UserError(`the name of the ${what} is empty`);
  return first;
}
