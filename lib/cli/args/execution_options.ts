/**
 * Options for the execution of a command on each host: timeouts, user, directory, environment,
 * secrets, output limit and note. `copy` and `fetch` use some of them.
 * @module
 */
import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { map, multiple, optional } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { UserError } from "../../base/errors.ts";
import { note } from "../../envelope/statements/body_fields.ts";
import {
  MAX_OUTPUT_BYTES,
  MAX_SPLAY_MS,
  MAX_TIMEOUT_MS,
} from "../../envelope/statements/request.ts";
import { MAX_SECRETS } from "../../envelope/statements/secrets.ts";
import { MAX_REQUEST_LIFE_MS } from "../../envelope/trust/freshness.ts";
import type { SecretFiles } from "../files/request_attachments.ts";
import type { OptionParser } from "./command.ts";
import { localOption } from "./local_option.ts";
import type { OutputChoice } from "./output_options.ts";
import {
  assignment,
  duration,
  remotePath,
  secretFile,
  size,
  userName,
  type Value,
  value,
} from "./values.ts";

/** The execution of a command on each host. Options that were not given are `undefined`. */
export interface ExecutionChoice {
  /** The delivery timeout in milliseconds. */
  readonly deliveryTimeoutMs: number | undefined;
  /**
   * The time to queue the command for detached hosts, in milliseconds. Replaces the delivery
   * timeout.
   */
  readonly queueForMs: number | undefined;
  /** The maximum run time in milliseconds. */
  readonly runTimeoutMs: number | undefined;
  /** The time over which the starts on the hosts are spread, in milliseconds. */
  readonly splayMs: number | undefined;
  /** The user that runs the command instead of the agent's user. */
  readonly user: string | undefined;
  /** The absolute path of the working directory. */
  readonly cwd: string | undefined;
  /** Additional environment variables by name. */
  readonly env: Readonly<Record<string, string>>;
  /** The files of the secrets, by the name of their environment variable. */
  readonly secrets: SecretFiles;
  /** The maximum size of stdout and of stderr, in bytes each. */
  readonly maxOutputBytes: number | undefined;
  /** The reason for the run, for the audit logs of the hosts. */
  readonly note: string | undefined;
}

type Pairs = readonly (readonly [name: string, value: string])[];

interface RawExecutionOptions extends Omit<ExecutionChoice, "env" | "secrets"> {
  readonly env: Pairs;
  readonly secrets: Pairs;
}

/** Parses `-t`, the delivery timeout in milliseconds. */
export function deliveryTimeoutOption(): OptionParser<number | undefined> {
  return optional(option("-t", "--delivery-timeout", duration(), {
    description: message`wait this long for detached hosts (default 10s)`,
  }));
}

/**
 * Parses `-t`, `--queue-for`, `-u`, `--splay`, `-l`, `--cwd`, `--env`, `--secret`, `--max-output`
 * and `--note`. Refuses a relative directory, or a variable that is set twice, with a {@linkcode
 * UserError}.
 */
export function executionOptions(): OptionParser<ExecutionChoice> {
  const options = group(
    "Execution",
    object({
      deliveryTimeoutMs: deliveryTimeoutOption(),
      queueForMs: optional(option("--queue-for", duration(MAX_REQUEST_LIFE_MS), {
        description: message`queue the command this long for detached hosts`,
      })),
      runTimeoutMs: optional(option("-u", "--run-timeout", duration(MAX_TIMEOUT_MS), {
        description: message`kill the command after TIME (default, maximum 1h)`,
      })),
      splayMs: optional(option("--splay", duration(MAX_SPLAY_MS), {
        description: message`spread the starts on the hosts over this time`,
      })),
      user: optional(option("-l", "--login", userName(), {
        description: message`run as this user`,
      })),
      cwd: optional(option("--cwd", remotePath("DIR", "directory"), {
        description: message`run in this directory (default /)`,
      })),
      env: multiple(option("--env", assignment(), {
        description: message`set an environment variable (repeatable)`,
      })),
      secrets: multiple(localOption(["--secret"], secretFile(), {
        description: message`set a variable from a file, masked (repeatable)`,
      })),
      maxOutputBytes: optional(option("--max-output", size(MAX_OUTPUT_BYTES), {
        description: message`keep at most this much of stdout and of stderr`,
      })),
      note: optional(option("--note", noteText(), {
        description: message`record this reason in the audit logs of the hosts`,
      })),
    }),
  );
  return map(options, executionChoice);
}

/** Applies the rule of requests, so that a bad note is refused before anything is signed. */
function noteText(): Value<string> {
  return value("TEXT", (text) => {
    if (text === "") throw new SyntaxError("TEXT is empty");
    return note(text, "TEXT");
  });
}

function executionChoice(raw: RawExecutionOptions): ExecutionChoice {
  if (raw.cwd !== undefined && !raw.cwd.startsWith("/")) {
    throw new UserError(`--cwd ${JSON.stringify(raw.cwd)} is not an absolute path`, {
      hint: "use the full path of a directory on the hosts",
    });
  }
  refuseTwoWaits(raw);
  const [env, secrets] = [byName("--env", raw.env), byName("--secret", raw.secrets)];
  const both = Object.keys(env).find((name) => Object.hasOwn(secrets, name));
  if (both !== undefined) throw new UserError(`variable set by both --env and --secret: ${both}`);
  if (raw.secrets.length > MAX_SECRETS) {
    throw new UserError(`too many secrets: ${raw.secrets.length}, maximum ${MAX_SECRETS}`);
  }
  return { ...raw, env, secrets };
}

function refuseTwoWaits({ deliveryTimeoutMs, queueForMs, splayMs = 0 }: RawExecutionOptions): void {
  if (queueForMs === undefined) return;
  if (deliveryTimeoutMs !== undefined) {
    throw new UserError("-t and --queue-for do not go together", {
      hint: "use one of them to wait for detached hosts; -u limits the run time",
    });
  }
  if (queueForMs + splayMs <= MAX_REQUEST_LIFE_MS) return;
  throw new UserError("--queue-for and --splay exceed 24h together", {
    hint: "use shorter times: agents refuse requests with a longer life",
  });
}

function byName(option: string, pairs: Pairs): Readonly<Record<string, string>> {
  const names = new Set<string>();
  for (const [name] of pairs) {
    if (names.has(name)) throw new UserError(`variable set twice by ${option}: ${name}`);
    names.add(name);
  }
  return Object.fromEntries(pairs);
}

/** The settings of a file transfer. Options that were not given are `undefined`. */
export interface TransferChoice {
  /** The user on the hosts. */
  readonly user: string | undefined;
  /** The delivery timeout per host, in milliseconds. */
  readonly deliveryTimeoutMs: number | undefined;
  /** The maximum time for one file on one host, in milliseconds. */
  readonly runTimeoutMs: number | undefined;
}

/** Parses `-l`, `-t` and `-u`. */
export function transferOptions(): OptionParser<TransferChoice> {
  return group(
    "Transfer",
    object({
      user: optional(option("-l", "--login", userName(), {
        description: message`act as this user on the hosts`,
      })),
      deliveryTimeoutMs: deliveryTimeoutOption(),
      runTimeoutMs: optional(option("-u", "--run-timeout", duration(MAX_TIMEOUT_MS), {
        description: message`limit the time of one file (default, maximum 1h)`,
      })),
    }),
  );
}

/**
 * Refuses `-j` with several files: it promises one document, but each file has its own.
 * @throws {UserError} if there are several `files`
 */
export function refuseDocuments(files: number, { format }: Pick<OutputChoice, "format">): void {
  if (files === 1 || format.kind !== "json") return;
  throw new UserError("-j takes one file at a time", { hint: "use --jsonl for several files" });
}
