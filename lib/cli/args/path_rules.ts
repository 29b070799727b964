/**
 * For each command of a program, the words that name files or sockets of this machine. The
 * permissions of a start follow from these rules, here and in the launcher of the portable
 * executable.
 * @module
 */

import type { Access } from "./access.ts";
import { optionAccess } from "./local_option.ts";
import { builtInOptions } from "./built_in_commands.ts";
import type { Program, RegisteredCommand } from "./registry.ts";
import { type OptionTable, optionTable } from "./split_arguments.ts";

/** The words of one command. */
export interface CommandRules {
  /** The command's name; empty for the program without a command. */
  readonly name: string;
  /** All of its options, each with the metavar of its value if it takes one. */
  readonly table: OptionTable;
  /** The options whose values name something. */
  readonly access: ReadonlyMap<string, Access>;
  /** What is done with the files that operands name, if they name any. */
  readonly operands: Access | undefined;
  /** The first operand ends the options. */
  readonly stopAtOperand: boolean;
  /** Whether it may start `/bin/sh` on this machine. */
  readonly startsLocalShell: boolean;
}

/** The rules of a command. */
export function commandRules(command: RegisteredCommand): CommandRules {
  const { name, operandAccess: operands, takesCommand = false, startsLocalShell } = command;
  const { usage } = command.parser();
  const builtIn = builtInOptions(command).map(({ name }) => [name, undefined] as const);
  return {
    name,
    table: new Map([...optionTable(usage), ...builtIn]),
    access: optionAccess(usage),
    operands,
    stopAtOperand: takesCommand,
    startsLocalShell,
  };
}

/** The rules of all commands, the program without a command first. */
export function pathRules({ main, commands }: Program): readonly CommandRules[] {
  return [main, ...commands].map(commandRules);
}
