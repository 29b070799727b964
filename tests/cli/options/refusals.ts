/**
 * Checks how a command line is refused. Imports `lib/cli`.
 * @module
 */

import assert from "node:assert/strict";
import { UserError } from "../../../lib/cli/errors.ts";

/** A command line, what is said of it, and the hint if there is one. */
export type Refusal = readonly [args: readonly string[], message: string, hint?: string];

/** Asserts that `parse` refuses each command line with these very words, on one line. */
export function assertRefused(
  parse: (args: readonly string[]) => unknown,
  refusals: readonly Refusal[],
): void {
  for (const [args, message, hint] of refusals) {
    assert.throws(() => parse(args), (error: unknown) => {
      assert.ok(error instanceof UserError, `${args.join(" ")}: ${error}`);
      assert.deepEqual([error.message, error.hint], [message, hint], args.join(" "));
      assert.match(error.message, /^[^\n]*[^.\n]$/);
      return true;
    }, args.join(" "));
  }
}
