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
    "Rollback",
    object({
      command: optional(option("--undo", text("LINE"), {
        description: message`roll back with this shell line unless you confirm`,
      })),
      withinMs: optional(option("--confirm-within", duration(MAX_CONFIRM_WITHIN_MS), {
        description: message`wait this long for the confirmation (default 2m)`,
      })),
      confirm: option("--confirm", {
        description: message`confirm without asking if every host succeeds`,
      }),
    }),
  );
  return map(options, undoChoice);
}

function undoChoice({ command, withinMs = WITHIN_MS, ...raw }: RawUndoOptions): UndoChoice {
  if (command !== undefined) {
    if (withinMs < 1_000) throw new UserError("--confirm-within must be at least 1s");
    return { undo: { command, withinMs }, confirm: raw.confirm };
  }
  const unusable = raw.confirm
    ? "--confirm"
    : withinMs !== WITHIN_MS
    ? "--confirm-within"
    : undefined;
  if (unusable === undefined) return { undo: undefined, confirm: false };
  throw new UserError(`${unusable} needs --undo`, {
    hint: "add --undo LINE, the shell line of the rollback",
  });
}

/**
 * Refuses `--undo` in a rollout. A command that waits for a confirmation has not ended, so the next
 * hosts would never start.
 * @throws {UserError} if both are given
 */
export function refuseStagedUndo({ undo }: UndoChoice, { rollout }: RolloutChoice): void {
  if (undo === undefined || rollout === undefined) return;
  throw new UserError("--undo and a rollout do not go together", {
    hint: "select fewer hosts with -w, confirm, and continue with the next ones",
  });
}
