/**
 * Options that choose the queue: `--hub`, `--listen` and `--expect`. Commands that need a running
 * hub take `--hub` with a key and log options, and most of them a job as operand.
 * @module
 */
import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { map, multiple, optional } from "@optique/core/modifiers";
import { localOption } from "./local_option.ts";
import { UserError } from "../../base/errors.ts";
import type { OptionParser } from "./command.ts";
import { type KeyChoice, keyOptions } from "./key_options.ts";
import { type LogChoice, logOptions } from "./log_options.ts";
import type { TargetChoice } from "./target_options.ts";
import { optionalOperand, refuseConflicts } from "./usage_checks.ts";
import { nodeSet, url } from "./values.ts";

/** The default URL that agents connect to. */
export const DEFAULT_LISTEN_URL = "tcp://*:4444";

/** The queue. Options that were not given are `undefined`. */
export interface QueueChoice {
  /** The URL of a running hub. */
  readonly hub: string | undefined;
  /** The URLs for a queue in this process; {@linkcode DEFAULT_LISTEN_URL} if empty. */
  readonly listen: readonly string[];
  /** The hosts to wait for before `ALL` counts as complete. */
  readonly expect: string | undefined;
}

/** Parses `--hub`, for commands that need one. */
export function hubOption(): OptionParser<Pick<QueueChoice, "hub">> {
  return group("Hub", object({ hub: hub() }));
}

/** Parses `--hub`, `--listen` and `--expect`. */
export function queueOptions(): OptionParser<QueueChoice> {
  const options = group(
    "Hub",
    object({
      hub: hub(),
      listen: multiple(localOption(["--listen"], url(), {
        description: message`listen for agents without a hub (default tcp://*:4444)`,
      })),
      expect: optional(localOption(["--expect"], nodeSet(), {
        description: message`wait for these hosts before ALL is complete`,
      })),
    }),
  );
  return map(options, (choice) => {
    refuseConflicts({ "--hub": choice.hub !== undefined, "--listen": choice.listen.length > 0 }, [{
      pair: ["--hub", "--listen"],
      hint: "use --hub with a running hub, --listen without one",
    }]);
    return choice;
  });
}

/**
 * Refuses `--expect` for named hosts, because the program waits for those anyway.
 * @throws {UserError} if `--expect` was given for a target other than all hosts
 */
export function refuseExpect({ expect }: QueueChoice, { base }: TargetChoice): void {
  if (expect === undefined || base.kind === "all") return;
  throw new UserError("--expect needs -a or ALL", {
    hint: "remove --expect: named hosts are waited for anyway, as long as -t",
  });
}

function hub(): OptionParser<string | undefined> {
  return optional(localOption(["--hub"], url(), {
    description: message`use the hub at URL (default: the hub on this machine)`,
  }));
}

/** The hub, the key and the log options of a command. */
export interface HubChoice extends Pick<QueueChoice, "hub">, KeyChoice, LogChoice {}

/** The parsed form of {@linkcode HubChoice}. */
export interface RawHubChoice {
  /** The hub. */
  readonly queue: Pick<QueueChoice, "hub">;
  /** The key for the login, if the hub requires one. */
  readonly key: KeyChoice;
  /** The log options. */
  readonly log: LogChoice;
}

/**
 * Returns `--hub`, `--key` and their companions as fields of a parser.
 * @internal because its signature has a type of Optique
 */
export function hubChoiceFields(): {
  readonly [K in keyof RawHubChoice]: OptionParser<RawHubChoice[K]>;
} {
  return { queue: hubOption(), key: keyOptions(), log: logOptions() };
}

/** Combines the parts of a hub choice. */
export function hubChoice({ queue, key, log }: RawHubChoice): HubChoice {
  return { ...queue, ...key, ...log };
}

const JOB_NAME = /^(last|[0-9a-f]{4,32})$/;

/**
 * Returns the one operand that names a job: `last`, or the beginning of its id.
 * @throws {UserError} if it is missing or not an id, or if there are several operands
 */
export function jobOperand(operands: readonly string[], command: string): string {
  const name = optionalOperand(operands, "job");
  if (name !== undefined && JOB_NAME.test(name)) return name;
  throw new UserError(
    name === undefined ? "no job given" : `invalid job ID: ${JSON.stringify(name)}`,
    { hint: `use last, or at least 4 digits of the ID: nanotrigger ${command} 1a2b3c` },
  );
}
