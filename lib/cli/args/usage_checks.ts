/**
 * Usage checks that commands share: options that exclude each other, and the number of operands.
 * @module
 */
import { UserError } from "../../base/errors.ts";

/** Two options that exclude each other. */
export interface OptionConflict<Name extends string> {
  /** Their names. */
  readonly pair: readonly [Name, Name];
  /** The hint in the error. */
  readonly hint: string;
}

/**
 * Refuses the first of `pairs` whose options are both in `given`.
 * @throws {UserError} if there is one
 */
export function refuseConflicts<Name extends string>(
  given: Readonly<Record<Name, boolean>>,
  pairs: readonly OptionConflict<Name>[],
): void {
  for (const { pair: [first, second], hint } of pairs) {
    if (given[first] && given[second]) {
      throw new UserError(`${first} and ${second} do not go together`, { hint });
    }
  }
}

/**
 * Refuses operands, for a command that takes none.
 * @throws {UserError} if there is one
 */
export function refuseOperands(operands: readonly string[], command: string): void {
  const [first] = operands;
  if (first !== undefined) {
    throw new UserError(`unexpected argument of ${command}: ${JSON.stringify(first)}`);
  }
}

/**
 * Returns the operand of a command that takes at most one.
 * @throws {UserError} if there are more
 */
export function optionalOperand(operands: readonly string[], what: string): string | undefined {
  const [first, second] = operands;
  if (second !== undefined) {
    throw new UserError(`more than one ${what}: ${JSON.stringify(second)}`);
  }
  if (first === "") throw new UserError(`empty name of a ${what}`);
  return first;
}

/**
 * For files that end up in one folder.
 * @throws {UserError} if two of them have the same name there
 */
export function refuseSameNames(names: readonly string[], hint: string): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return;
  throw new UserError(`two files with one name: ${JSON.stringify(twice)}`, { hint });
}
