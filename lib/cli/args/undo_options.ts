/**
 * Options for the rollback of a change that is not confirmed in time: `--undo`, `--confirm-within`
 * and `--confirm`.
 * @module
 */

import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { map, optional } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { MAX_CONFIRM_WITHIN_MS, type Undo } from "../../envelope/statements/request.ts";
import { UserError } from "../../base/errors.ts";
import type { OptionParser } from "./command.ts";
import type { RolloutChoice } from "./rollout_options.ts";
import { duration, text } from "./values.ts";

/** The rollback of a command. */
export interface UndoChoice {
  /** The rollback command and its confirm window. */
  readonly undo: Undo | undefined;
  /** Whether to confirm without a question once the command has succeeded on every host. */
  readonly confirm: boolean;
}

/** The default of `--confirm-within`: two minutes. */
const WITHIN_MS = 120_000;

interface RawUndoOptions {
  readonly command: string | undefined;
  readonly withinMs: number | undefined;
  readonly confirm: boolean;
}

/** Parses `--undo`, `--confirm-within` and `--confirm`. */
export function undoOptions(): OptionParser<UndoChoice> {
  const options = group(
    "Undoing it",
    object({
      command: optional(option("--undo", text("LINE"), {
        description:
          message`hosts undo it by themselves with this line for /bin/sh -c, unless it ends well and you confirm it`,
      })),
      withinMs: optional(option("--confirm-within", duration(MAX_CONFIRM_WITHIN_MS), {
        description: message`with --undo: how long they wait for that (default: 2m)`,
      })),
      confirm: option("--confirm", {
        description: message`with --undo: confirm it by itself once it has ended well everywhere`,
      }),
    }),
  );
  return map(options, undoChoice);
}

function undoChoice({ command, withinMs = WITHIN_MS, ...raw }: RawUndoOptions): UndoChoice {
  if (command !== undefined) {
    if (withinMs < 1_000) throw new UserError("--confirm-within is at least one second");
    return { undo: { command, withinMs }, confirm: raw.confirm };
  }
  const unusable = raw.confirm
    ? "--confirm"
    : withinMs !== WITHIN_MS
    ? "--confirm-within"
    : undefined;
  if (unusable === undefined) return { undo: undefined, confirm: false };
  throw new UserError(`${unusable} is only for --undo`, {
    hint: "--undo LINE says what undoes the command",
  });
}

/**
 * Refuses `--undo` in a rollout. A command that waits for a confirmation has not ended, so the next
 * hosts would never start.
 * @throws {UserError} if both are given
 */
export function refuseStagedUndo({ undo }: UndoChoice, { rollout }: RolloutChoice): void {
  if (undo === undefined || rollout === undefined) return;
  throw new UserError("a command with --undo goes to all hosts at once", {
    hint: "name fewer hosts with -w, confirm, and go on with the next ones",
  });
}
