/**
 * Options of `run` that stand behind the command, where they would be a part of it. Imports `lib/cli`.
 * @module
 */
import { UserError } from "../errors.ts";
import type { WrittenTarget } from "./target_options.ts";

/**
 * Refuses long options of ours behind the command: `rm -r DIR --dry-run` would not be dry. Letters mean
 * many things: `ls -l` is what it looks like.
 * @throws {UserError}
 */
export function refuseLateOption(late: readonly string[]): void {
  const [long] = late.filter((word) => word.startsWith("--"));
  if (long === undefined) return;
  throw new UserError(`${long} comes after the command, so it would be a part of it`, {
    hint: "put it first if it is for nanotrigger; if not, write -- in front of the command",
  });
}

/**
 * Refuses a command of which a word says where it is to run, if nothing else does.
 * @throws {UserError}
 */
export function refuseLateTarget(target: WrittenTarget, operands: readonly string[]): void {
  const named = target.all || target.host !== undefined || target.select !== undefined ||
    target.sets.length + target.groups.length + target.facts.length > 0;
  const late = operands.find((operand) => /^(-[wah]|--host|--nodes|--all)(=|$)/.test(operand));
  if (named || late === undefined) return;
  throw new UserError(`${late} comes after the command, so it is a part of it`, {
    hint: "options go first: nanotrigger run -w SET -- COMMAND [ARG]...",
  });
}
