/**
 * Options of commands that ask a hub that runs by itself. Imports `lib/cli`.
 * @module
 */

import { UserError } from "../errors.ts";
import type { OptionParser } from "./command_line.ts";
import { type KeyChoice, keyOptions } from "./key_options.ts";
import { type LogChoice, logOptions } from "./log_options.ts";
import { atMostOne } from "./operands.ts";
import { hubOption, type QueueChoice } from "./queue_options.ts";

/** Which hub, and who asks. */
export interface HubChoice extends Pick<QueueChoice, "hub">, KeyChoice, LogChoice {}

/** The same, as it is parsed. */
export interface RawHubChoice {
  /** Which hub. */
  readonly queue: Pick<QueueChoice, "hub">;
  /** With which key to log in, if the hub wants that. */
  readonly key: KeyChoice;
  /** What is said of it. */
  readonly log: LogChoice;
}

/**
 * `--hub`, `--key` and what goes with them, to be put into a parser.
 * @internal because it speaks of a type of Optique
 */
export function hubChoiceFields(): {
  readonly [K in keyof RawHubChoice]: OptionParser<RawHubChoice[K]>;
} {
  return { queue: hubOption(), key: keyOptions(), log: logOptions() };
}

/** Makes one choice of its parts. */
export function hubChoice({ queue, key, log }: RawHubChoice): HubChoice {
  return { ...queue, ...key, ...log };
}

const JOB_NAME = /^(last|[0-9a-f]{4,32})$/;

/**
 * The one operand that names a job: `last`, or the beginning of its id.
 * @throws {UserError} if there is none, another one as well, or it is no id
 */
export function jobOperand(operands: readonly string[], command: string): string {
  const name = atMostOne(operands, "job");
  if (name !== undefined && JOB_NAME.test(name)) return name;
  throw new UserError(
    name === undefined ? "nothing says which job" : `${JSON.stringify(name)} is no id of a job`,
    {
      hint:
        `name it by the first 4 digits of its id, or more: nanotrigger ${command} 1a2b3c; or last`,
    },
  );
}
