/**
 * Options of `nanotrigger ping`.
 * @module
 */

import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { withDefault } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { type Command, defineCommand, type OptionParser } from "../args/command.ts";
import { answerStatuses } from "../args/exit_statuses.ts";
import { type KeyChoice, keyOptions } from "../args/key_options.ts";
import { type LogChoice, logOptions } from "../args/log_options.ts";
import { refuseOperands } from "../args/usage_checks.ts";
import { type QueueChoice, queueOptions } from "../args/queue_options.ts";
import {
  plainTarget,
  type RawTargetOptions,
  type TargetChoice,
  targetChoice,
  targetOptions,
} from "../args/target_options.ts";
import { duration } from "../args/values.ts";

/** The hosts to ping. */
export interface PingOptions extends QueueChoice, KeyChoice, LogChoice {
  /** The hosts. */
  readonly target: TargetChoice;
  /** The time for the hosts to answer, in milliseconds. */
  readonly timeoutMs: number;
  /** Whether one JSON document is printed instead of lines. */
  readonly json: boolean;
}

interface RawPingOptions {
  readonly target: RawTargetOptions;
  readonly how: Pick<PingOptions, "timeoutMs" | "json">;
  readonly queue: QueueChoice;
  readonly key: KeyChoice;
  readonly log: LogChoice;
}

const DEFAULT_TIMEOUT_MS = 5_000;

/** The command `ping`. */
export const pingCommand: Command<PingOptions> = defineCommand({
  name: "ping",
  brief: "test that hosts answer",
  synopsis: ["[OPTION]... [-w SET | -a]"],
  essentials: ["-w", "-g", "-a", "-x", "-t", "-j", "--hub", "--key", "-v"],
  topics: [{
    title: "Answers",
    text: [
      "Each agent signs a new random number with its known key. No command runs. The output shows " +
      "round-trip time and clock offset of each host. The default target is every host.",
    ],
  }],
  examples: [
    { command: "nanotrigger ping", purpose: "all hosts" },
    { command: "nanotrigger ping -w 'web[01-20]' -t 1", purpose: "wait one second" },
  ],
  exits: answerStatuses({
    ok: "every host answered",
    lost: "some host is detached, does not answer or is unverified",
  }),
  parser: pingParser,
  interpret({ target, how, queue, key, log }, operands) {
    refuseOperands(operands, "ping");
    return { target: pingTarget(target), ...how, ...queue, ...key, ...log };
  },
});

/** Returns the target; all hosts by default, because a ping runs no command. */
function pingTarget(written: RawTargetOptions): TargetChoice {
  const { sets, groups, facts, exclude, host, select, limit, limitSeed } = written;
  const words = [...sets, ...groups, ...facts, ...exclude, host, select, limit, limitSeed];
  if (words.every((word) => word === undefined)) return plainTarget({ kind: "all" });
  return targetChoice(written);
}

function pingParser(): OptionParser<RawPingOptions> {
  return object({
    target: targetOptions(),
    how: group(
      "Options",
      object({
        timeoutMs: withDefault(
          option("-t", "--timeout", duration(), {
            description: message`wait this long for answers (default 5s)`,
          }),
          DEFAULT_TIMEOUT_MS,
        ),
        json: option("-j", "--json", { description: message`print one JSON document` }),
      }),
    ),
    queue: queueOptions(),
    key: keyOptions(),
    log: logOptions(),
  });
}
