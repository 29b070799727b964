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

/** Where agents dial to, unless something else is given. */
export const DEFAULT_LISTEN_URL = "tcp://*:4444";

/** Which queue it is; what was not given is `undefined`. */
export interface QueueChoice {
  /** Ask the hub there. */
  readonly hub: string | undefined;
  /** Be the queue, and listen at these URLs; {@linkcode DEFAULT_LISTEN_URL} if there are none. */
  readonly listen: readonly string[];
  /** The hosts to wait for before `ALL` is taken as complete. */
  readonly expect: string | undefined;
}

/** `--hub`, for commands that need one. */
export function hubOption(): OptionParser<Pick<QueueChoice, "hub">> {
  return group("The queue", object({ hub: hub() }));
}

/** `--hub`, `--listen` and `--expect`. */
export function queueOptions(): OptionParser<QueueChoice> {
  const options = group(
    "The queue",
    object({
      hub: hub(),
      listen: multiple(localOption(["--listen"], url(), {
        description:
          message`be the queue here for this one command; repeatable (default, where no hub runs: tcp://*:4444)`,
      })),
      expect: optional(localOption(["--expect"], nodeSet(), {
        description: message`with -a or ALL: wait until these hosts have attached`,
      })),
    }),
  );
  return map(options, (choice) => {
    refuseConflicts({ "--hub": choice.hub !== undefined, "--listen": choice.listen.length > 0 }, [{
      pair: ["--hub", "--listen"],
      hint: "--hub asks a hub that runs, --listen is the queue without one; choose one",
    }]);
    return choice;
  });
}

/**
 * Hosts that are named are waited for anyway.
 * @throws {UserError} if `--expect` was given for other hosts than all
 */
export function refuseExpect({ expect }: QueueChoice, { base }: TargetChoice): void {
  if (expect === undefined || base.kind === "all") return;
  throw new UserError("--expect is only for ALL", {
    hint: "hosts that are named are waited for anyway; -t says how long",
  });
}

function hub(): OptionParser<string | undefined> {
  return optional(localOption(["--hub"], url(), {
    description:
      message`ask the hub there: ipc:///PATH of its control socket, or tcp://HOST:PORT (default: the one on this machine, if it runs)`,
  }));
}

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
  const name = optionalOperand(operands, "job");
  if (name !== undefined && JOB_NAME.test(name)) return name;
  throw new UserError(
    name === undefined ? "nothing says which job" : `${JSON.stringify(name)} is no id of a job`,
    {
      hint:
        `name it by the first 4 digits of its id, or more: nanotrigger ${command} 1a2b3c; or last`,
    },
  );
}
