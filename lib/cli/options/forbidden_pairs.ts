/**
 * Options that exclude each other, and what was probably meant. Imports `lib/cli`.
 * @module
 */

import { UserError } from "../errors.ts";

/** Two options that make no sense together. */
export interface ForbiddenPair<Name extends string> {
  /** Their names, as they are written. */
  readonly pair: readonly [Name, Name];
  /** What was probably meant. */
  readonly hint: string;
}

/**
 * Refuses the first of `pairs` of which both options are in `given`.
 * @throws {UserError} if there is one
 */
export function refusePairs<Name extends string>(
  given: Readonly<Record<Name, boolean>>,
  pairs: readonly ForbiddenPair<Name>[],
): void {
  for (const { pair: [first, second], hint } of pairs) {
    if (given[first] && given[second]) {
      throw new UserError(`${first} and ${second} do not go together`, { hint });
    }
  }
}
