/**
 * Options of `nanotrigger fetch`.
 * @module
 */

import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { localOption } from "../args/local_option.ts";
import { UserError } from "../../base/errors.ts";
import { refuseSameNames } from "../args/usage_checks.ts";
import { type Command, defineCommand, type OptionParser } from "../args/command.ts";
import { runStatuses } from "../args/exit_statuses.ts";
import { type KeyChoice, keyOptions } from "../args/key_options.ts";
import { type LogChoice, logOptions } from "../args/log_options.ts";
import { type OutputChoice, outputOptions } from "../args/output_options.ts";
import { type QueueChoice, queueOptions } from "../args/queue_options.ts";
import { type DryRunChoice, dryRunOptions } from "../args/submit_options.ts";
import { ROLLOUT_TOPIC, type RolloutChoice, rolloutOptions } from "../args/rollout_options.ts";
import {
  type RawTargetOptions,
  type TargetChoice,
  targetChoice,
  targetOptions,
} from "../args/target_options.ts";
import {
  refuseDocuments,
  type TransferChoice,
  transferOptions,
} from "../args/execution_options.ts";
import { localPath, size } from "../args/values.ts";

/** The files to fetch, and their destination. */
export interface FetchOptions
  extends RolloutChoice, DryRunChoice, KeyChoice, QueueChoice, LogChoice {
  /** Files on the hosts, each with its local name; at least one. */
  readonly files: readonly RemoteFile[];
  /** The hosts. */
  readonly target: TargetChoice;
  /** The destination and the transfer settings. */
  readonly transfer: FetchChoice;
  /** The presentation of the results. */
  readonly output: OutputChoice;
}

/** A file on the hosts. */
export interface RemoteFile {
  /** Its absolute path. */
  readonly path: string;
  /** Its name without folders. */
  readonly name: string;
}

/** The destination of fetched files. */
export interface FetchChoice extends TransferChoice {
  /** A local folder. */
  readonly dest: string;
  /** The maximum size of a file, in bytes. */
  readonly maxBytes: number;
}

interface RawFetchOptions {
  readonly target: RawTargetOptions;
  readonly transfer: { readonly dest: string | undefined; readonly maxBytes: number | undefined };
  readonly how: TransferChoice;
  readonly rollout: RolloutChoice;
  readonly output: OutputChoice;
  readonly dryRunChoice: DryRunChoice;
  readonly queue: QueueChoice;
  readonly key: KeyChoice;
  readonly log: LogChoice;
}

/** The default maximum size of a file: 1 GiB. */
const MAX_BYTES = 1_073_741_824;

/** The command `fetch`. */
export const fetchCommand: Command<FetchOptions> = defineCommand({
  name: "fetch",
  brief: "fetch files from hosts",
  synopsis: ["[OPTION]... -w SET --dest DIR REMOTE..."],
  essentials: ["-w", "-g", "-a", "-x", "--dest", "--max-size", "-l", "-t", "-f", "--dry-run"],
  topics: [
    {
      title: "Files",
      text: [
        "/etc/motd of host web1 becomes DIR/motd.web1, readable by you only. The file appears when " +
        "it is complete and its SHA-256 fits the signed result. An interrupted fetch leaves no file.",
      ],
    },
    {
      title: "Policy",
      text: [
        "On the hosts a fetch is a run of cat. A trust file can restrict a key to it: " +
        'commands="cat /etc/motd".',
      ],
    },
    ROLLOUT_TOPIC,
  ],
  examples: [
    {
      command: "nanotrigger fetch -w @web --dest logs /var/log/syslog",
      purpose: "to logs/syslog.HOST",
    },
  ],
  exits: runStatuses,
  parser: fetchParser,
  interpret: interpretFetch,
});

function fetchParser(): OptionParser<RawFetchOptions> {
  return object({
    target: targetOptions(),
    transfer: group(
      "Transfer",
      object({
        dest: optional(
          localOption(["--dest"], localPath("DIR", { type: "directory", access: "write" }), {
            description: message`write the files to this local folder`,
          }),
        ),
        maxBytes: optional(option("--max-size", size(Number.MAX_SAFE_INTEGER), {
          description: message`refuse larger files: 64K, 10G (default 1G)`,
        })),
      }),
    ),
    how: transferOptions(),
    rollout: rolloutOptions(),
    output: outputOptions(),
    dryRunChoice: dryRunOptions(),
    queue: queueOptions(),
    key: keyOptions(),
    log: logOptions(),
  });
}

function interpretFetch(
  { target, transfer, how, rollout, output, dryRunChoice, queue, key, log }: RawFetchOptions,
  operands: readonly string[],
): FetchOptions {
  const { dest, maxBytes = MAX_BYTES } = transfer;
  const files = operands.map(remoteFile);
  if (files.length === 0) {
    throw new UserError("no file given", {
      hint: "write it last: nanotrigger fetch -w SET --dest DIR REMOTE...",
    });
  }
  if (dest === undefined) {
    throw new UserError("no destination given", { hint: "add --dest DIR" });
  }
  refuseSameNames(files.map(({ name }) => name), "fetch them in two runs, into two folders");
  refuseDocuments(files.length, output);
  return {
    files,
    target: targetChoice(target),
    transfer: { ...how, dest, maxBytes },
    output,
    ...rollout,
    ...dryRunChoice,
    ...key,
    ...queue,
    ...log,
  };
}

function remoteFile(path: string): RemoteFile {
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (!path.startsWith("/")) {
    throw new UserError(`${JSON.stringify(path)} is not an absolute path`, {
      hint: "use the full path on the hosts",
    });
  }
  if (name !== "" && name !== "." && name !== "..") return { path, name };
  throw new UserError(`${JSON.stringify(path)} is a folder`, {
    hint: "name a file, or for a folder: nanotrigger run -N -w HOST -- tar -c -C FOLDER . > FILE",
  });
}
