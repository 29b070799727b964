/**
 * The commands and options of every program. Help, completion and the parser read these lists.
 * @module
 */

/** The name of a command that every program has. */
export type BuiltInName = "help" | "completion" | "man";

/** A command of every program. */
export interface BuiltInCommand {
  /** Its name. */
  readonly name: BuiltInName;
  /** Its operand in the help; absent if it takes none. */
  readonly operand?: string;
  /** A description of at most half a line. */
  readonly brief: string;
}

/** The commands of every program, in the order of the help. */
export const builtInCommands: readonly BuiltInCommand[] = [
  { name: "help", operand: "COMMAND", brief: "show the help of a command" },
  {
    name: "completion",
    operand: "SHELL",
    brief: "print a completion script for bash, zsh or fish",
  },
  { name: "man", brief: "print the man page" },
];

/** An option of every command, or of the program without a command. */
export interface BuiltInOption {
  /** The name with its dashes. */
  readonly name: `--${string}`;
  /** A description of at most half a line. */
  readonly brief: string;
}

const HELP: BuiltInOption = { name: "--help", brief: "show this help" };
const VERSION: BuiltInOption = {
  name: "--version",
  brief: "show the version; with -v what is built in",
};

/** Returns the built-in options of the command `name`. An empty name is the program itself. */
export function builtInOptions({ name }: { readonly name: string }): readonly BuiltInOption[] {
  return name === "" ? [HELP, VERSION] : [HELP];
}
