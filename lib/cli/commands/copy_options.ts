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
import { type KeyChoice, keyOptions } from "../args/key_options.ts";
import { type LogChoice, logOptions } from "../args/log_options.ts";
import { type OutputChoice, outputOptions } from "../args/output_options.ts";
import { type QueueChoice, queueOptions } from "../args/queue_options.ts";
import { type DryRunChoice, dryRunOptions } from "../args/submit_options.ts";
import { type RolloutChoice, rolloutOptions } from "../args/rollout_options.ts";
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
  brief: "copy files to many hosts",
  synopsis: [
    "[OPTION]... -w SET --dest PATH FILE...",
    "[OPTION]... -w SET --dest PATH -r FOLDER...",
  ],
  notes: [
    "Each host gets the file under another name beside its destination, compares its SHA-256 with " +
    "what the signed request says, and only then puts it in place of what was there. A copy that " +
    "was broken off goes on where it was; a file that is there already is not sent again. " +
    "A file that is replaced keeps its mode and owner, unless an option says otherwise.",
    "A folder (-r) goes as an archive that the host's tar unpacks beside the destination, and that gets " +
    "its name at once if there is none so far; what is there already stays, but for files of the same " +
    "name. An archive is always sent, and takes as much room again while it is unpacked.",
    "On the hosts it is a run of /bin/sh, and needs the right to one.",
  ],
  examples: [
    {
      command: "nanotrigger copy -w @web --dest /etc/nginx/ nginx.conf mime.types",
      purpose: "into a folder that is there",
    },
    {
      command: "nanotrigger copy -w 'db[1-3]' --dest /opt/tool --owner root --mode 0755 tool",
      purpose: "to a path, for whom and how",
    },
    {
      command: "nanotrigger copy -w @web -r --dest /srv/site public",
      purpose: "a folder with all that is in it",
    },
  ],
  completes: ["files"],
  operandAccess: "read",
  parser: copyParser,
  interpret: interpretCopy,
});

function copyParser(): OptionParser<RawCopyOptions> {
  return object({
    target: targetOptions(),
    transfer: group(
      "How it is copied",
      object({
        dest: optional(option("--dest", remotePath("PATH"), {
          description: message`where on the hosts: a folder that is there, or the path of the file`,
        })),
        owner: optional(option("--owner", fileOwner(), {
          description: message`whom it is to belong to`,
        })),
        mode: optional(option("--mode", fileMode(), {
          description: message`its mode, in octal (default: as here, writable by nobody else)`,
        })),
        recursive: option("-r", "--recursive", {
          description: message`copy folders with all that is in them, links as links`,
        }),
        preserve: option("-p", "--preserve", {
          description: message`with mode and time of the file here`,
        }),
        limitRate: optional(option("--limit-rate", size(Number.MAX_SAFE_INTEGER), {
          description: message`send all hosts together no more than this in a second: 500K, 10M`,
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
    throw new UserError("nothing says which file to copy", {
      hint: "name it last: nanotrigger copy -w SET --dest PATH FILE...",
    });
  }
  if (dest === undefined) {
    throw new UserError("nothing says where to copy it", { hint: "add --dest PATH" });
  }
  if (!dest.startsWith("/")) {
    throw new UserError(`--dest ${JSON.stringify(dest)} is not an absolute path`, {
      hint: "it is a path on the hosts, not here",
    });
  }
  if (transfer.recursive && transfer.mode !== undefined) {
    throw new UserError("--mode and -r do not go together", {
      hint: "what is in a folder has the modes that it has here",
    });
  }
  if (files.length > 1 && !dest.endsWith("/")) {
    throw new UserError("several files need a folder to go to", {
      hint: `end it with a slash: --dest ${dest}/`,
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
