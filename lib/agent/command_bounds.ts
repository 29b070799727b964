/**
 * What no command may ask for, on whatever host.
 * Pure. May import `command.ts` and `lib/base`.
 * @module
 */

import { encodeUtf8 } from "../base/bytes.ts";
import { MAX_TIMER_MS } from "../base/clock.ts";
import { type Command, type ExecFailure, failure, MAX_OUTPUT } from "./command.ts";

/** Bounds of an argument list. The kernel takes no single argument of 128 KiB. */
const MAX_ARGUMENTS = 256;
const MAX_ARGUMENT_BYTES = 128 * 1024;

/** Says why `command`, whose words are `argv`, makes no sense; `undefined` when it does. */
export function objectToCommand(
  command: Command,
  argv: readonly string[],
): ExecFailure | undefined {
  const { timeoutMs, maxOutput } = command;
  if (!isWithin(timeoutMs, 1, MAX_TIMER_MS)) {
    return failure("bad-limit", `a time limit of ${timeoutMs} ms is not within 1..${MAX_TIMER_MS}`);
  }
  if (maxOutput !== null && !isWithin(maxOutput, 0, MAX_OUTPUT)) {
    return failure("bad-limit", `${maxOutput} bytes of output are not within 0..${MAX_OUTPUT}`);
  }
  return objectToArguments(argv);
}

function isWithin(number: number, least: number, most: number): boolean {
  return Number.isInteger(number) && number >= least && number <= most;
}

function objectToArguments(argv: readonly string[]): ExecFailure | undefined {
  if (argv.length === 0) return failure("bad-argv", "there is no program to run");
  if (argv.length > MAX_ARGUMENTS) {
    return failure("bad-argv", `${argv.length} arguments are more than ${MAX_ARGUMENTS}`);
  }
  if (argv.some((argument) => argument.includes("\0"))) {
    return failure("bad-argv", "an argument holds a NUL");
  }
  const bytes = argv.reduce((sum, argument) => sum + encodeUtf8(argument).length + 1, 0);
  if (bytes <= MAX_ARGUMENT_BYTES) return undefined;
  return failure("bad-argv", `${bytes} bytes of arguments are more than ${MAX_ARGUMENT_BYTES}`);
}
