/**
 * The registry of a program: its commands, each with the run that is loaded when it is used. Help,
 * completion and the man page read the commands and load no run.
 * @module
 */

import type { Terminal } from "../terminal/terminal.ts";
import type { Command } from "./command.ts";

/** The command line that a program was started with. */
export interface CommandLine {
  /** The program. */
  readonly program: Program;
  /** All arguments, the command's name included. */
  readonly args: readonly string[];
}

/** Runs a command with its options; resolves with the exit status. */
export type RunCommand<Options> = (
  options: Options,
  terminal: Terminal,
  line: CommandLine,
) => Promise<number>;

/** The options of a command and the run for them. */
export interface PreparedCommand {
  /** What the arguments say. */
  readonly options: unknown;
  /** Loads the command and runs it; resolves with the exit status. */
  readonly run: (terminal: Terminal, line: CommandLine) => Promise<number>;
}

/** A command that a program can run: its arguments are parsed into a run. */
export interface RegisteredCommand extends Command<PreparedCommand> {
  /** Whether it may start `/bin/sh` on this machine. */
  readonly startsLocalShell: boolean;
}

/** What a command needs beyond its description. */
export type Needs = Pick<RegisteredCommand, "startsLocalShell">;

/** Joins a command and its run, which `load` imports when the command is used. */
export function register<Options>(
  command: Command<Options>,
  load: () => Promise<RunCommand<Options>>,
  { startsLocalShell }: Needs = { startsLocalShell: false },
): RegisteredCommand {
  return {
    ...command,
    startsLocalShell,
    parse(args, hintFor) {
      const parsed = command.parse(args, hintFor);
      if (parsed.kind !== "options") return parsed;
      const { options } = parsed;
      const run: PreparedCommand["run"] = async (terminal, line) =>
        await (await load())(options, terminal, line);
      return { kind: "options", options: { options, run } };
    },
  };
}

/** Asks for names that a word may become, which only a hub or a file knows. */
export interface NameQuery {
  /** What they are names of. */
  readonly kind: "hosts" | "groups" | "jobs";
  /** The beginning of the word. */
  readonly typed: string;
  /** The hub that the words before it name. */
  readonly hub?: string;
}

/** A name that completes a word. */
export interface CompletedName {
  /** The whole word. */
  readonly text: string;
  /** A short description, if any. */
  readonly about?: string;
}

/** Finds names for completion; none if it knows none. */
export type FindNames = (query: NameQuery) => Promise<readonly CompletedName[]>;

/** A program: what it does without a command, and its commands. */
export interface Program {
  /** The name of the executable. */
  readonly name: string;
  /** The program without a command. */
  readonly main: RegisteredCommand;
  /** Its commands, in the order of the help. */
  readonly commands: readonly RegisteredCommand[];
  /** Imports the search for names; absent if no word of its command lines is one. */
  readonly loadNames?: () => Promise<FindNames>;
}

/** The words of a command's name. */
export function commandWords({ name }: { readonly name: string }): readonly string[] {
  return name.split(" ").filter((word) => word !== "");
}

/** The command whose name `args` begin with: `hosts forget` where both that and `hosts` would fit. */
export function findNamedCommand(
  { commands }: Program,
  args: readonly string[],
): RegisteredCommand | undefined {
  const [longest] = commands
    .filter((command) => commandWords(command).every((word, index) => args[index] === word))
    .sort((a, b) => commandWords(b).length - commandWords(a).length);
  return longest;
}
