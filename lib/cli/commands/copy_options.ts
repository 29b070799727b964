/**
 * Options of `nanotrigger copy`.
 * @module
 */

import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { UserError } from "../../base/errors.ts";
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
import { fileMode, fileOwner, remotePath, size } from "../args/values.ts";

/** The files to copy, and their destination. */
export interface CopyOptions
  extends RolloutChoice, DryRunChoice, KeyChoice, QueueChoice, LogChoice {
  /** The files; at least one. */
  readonly files: readonly string[];
  /** The hosts. */
  readonly target: TargetChoice;
  /** The destination and the transfer settings. */
  readonly transfer: CopyChoice;
  /** The presentation of the results. */
  readonly output: OutputChoice;
}

/** The destination and attributes of copies. */
export interface CopyChoice extends TransferChoice {
  /** The absolute path of a file or a folder on the hosts. */
  readonly dest: string;
  /** The owner of the copies: `user`, `user:group` or `:group`. */
  readonly owner: string | undefined;
  /** The mode of the copies, in octal. */
  readonly mode: string | undefined;
  /** Whether the copies get the mode and time of the local files. */
  readonly preserve: boolean;
  /** Whether folders are copied with their content. */
  readonly recursive: boolean;
  /** The maximum rate for all hosts together, in bytes per second. */
  readonly limitRate: number | undefined;
}

interface RawCopyOptions {
  readonly target: RawTargetOptions;
  readonly transfer: {
    readonly dest: string | undefined;
    readonly owner: string | undefined;
    readonly mode: string | undefined;
    readonly preserve: boolean;
    readonly recursive: boolean;
    readonly limitRate: number | undefined;
  };
  readonly how: TransferChoice;
  readonly rollout: RolloutChoice;
  readonly output: OutputChoice;
  readonly dryRunChoice: DryRunChoice;
  readonly queue: QueueChoice;
  readonly key: KeyChoice;
  readonly log: LogChoice;
}

/** The command `copy`. */
export const copyCommand: Command<CopyOptions> = defineCommand({
  name: "copy",
  brief: "copy files to hosts",
  synopsis: [
    "[OPTION]... -w SET --dest PATH FILE...",
    "[OPTION]... -w SET --dest PATH -r FOLDER...",
  ],
  essentials: [
    ...["-w", "-a", "-x", "--dest", "--owner", "--mode", "-r", "-p", "-l", "-t", "--batch"],
    ...["--dry-run"],
  ],
  topics: [
    {
      title: "Files",
      text: [
        "Each host writes the file beside its destination, compares its SHA-256 with the signed " +
        "request, and then replaces the old file. An interrupted copy continues where it stopped. " +
        "A file that is already there is not sent.",
        "A replaced file keeps its mode and owner unless an option sets them. The default mode of a " +
        "new file is the local one without write permission for group and others.",
      ],
    },
    {
      title: "Folders",
      text: [
        "A folder (-r) is sent as an archive. The tar of the host unpacks it beside the destination. " +
        "Links stay links. Files of the same name are replaced, other files stay.",
        "An archive is always sent. The host needs its size as free space while it unpacks.",
      ],
    },
    {
      title: "Policy",
      text: ["On the hosts a copy is a run of /bin/sh. The policy must allow it to your key."],
    },
    ROLLOUT_TOPIC,
  ],
  examples: [
    {
      command: "nanotrigger copy -w @web --dest /etc/nginx/ nginx.conf",
      purpose: "into a folder",
    },
    {
      command: "nanotrigger copy -w @db --dest /opt/x --mode 0755 x",
      purpose: "with a mode",
    },
    {
      command: "nanotrigger copy -w @web -r --dest /srv/site public",
      purpose: "a whole folder",
    },
  ],
  exits: runStatuses,
  completes: ["files"],
  operandAccess: "read",
  parser: copyParser,
  interpret: interpretCopy,
});

function copyParser(): OptionParser<RawCopyOptions> {
  return object({
    target: targetOptions(),
    transfer: group(
      "Transfer",
      object({
        dest: optional(option("--dest", remotePath("PATH"), {
          description: message`write to this file or folder on the hosts`,
        })),
        owner: optional(option("--owner", fileOwner(), {
          description: message`set the owner`,
        })),
        mode: optional(option("--mode", fileMode(), {
          description: message`set the mode in octal (default: the local mode)`,
        })),
        recursive: option("-r", "--recursive", {
          description: message`copy folders with their content`,
        }),
        preserve: option("-p", "--preserve", {
          description: message`keep mode and time of the local file`,
        }),
        limitRate: optional(option("--limit-rate", size(Number.MAX_SAFE_INTEGER), {
          description: message`limit the bytes per second to all hosts: 500K`,
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

function interpretCopy(
  { target, transfer, how, rollout, output, dryRunChoice, queue, key, log }: RawCopyOptions,
  files: readonly string[],
): CopyOptions {
  const { dest } = transfer;
  if (files.length === 0) {
    throw new UserError("no file given", {
      hint: "write it last: nanotrigger copy -w SET --dest PATH FILE...",
    });
  }
  if (dest === undefined) {
    throw new UserError("no destination given", { hint: "add --dest PATH" });
  }
  if (!dest.startsWith("/")) {
    throw new UserError(`--dest ${JSON.stringify(dest)} is not an absolute path`, {
      hint: "use the full path on the hosts",
    });
  }
  if (transfer.recursive && transfer.mode !== undefined) {
    throw new UserError("--mode and -r do not go together", {
      hint: "remove --mode: files of a folder keep their local modes",
    });
  }
  if (files.length > 1 && !dest.endsWith("/")) {
    throw new UserError("several files need a folder as destination", {
      hint: `add a slash: --dest ${dest}/`,
    });
  }
  refuseDocuments(files.length, output);
  return {
    files,
    target: targetChoice(target),
    transfer: { ...transfer, ...how, dest },
    output,
    ...rollout,
    ...dryRunChoice,
    ...key,
    ...queue,
    ...log,
  };
}
