/**
 * Parses the command line of a whole program: finds the command, and handles `--help`, `--version`,
 * `help`, `man` and `completion`, which every program has.
 * @module
 */

import { UserError } from "../../base/errors.ts";
import { builtInCommands, type BuiltInName, builtInNames } from "./built_in_commands.ts";
import { answerCompletion, type Completion } from "./completion.ts";
import { helpText, synopses } from "./help.ts";
import {
  type Command,
  commandWords,
  findNamedCommand,
  type PreparedCommand,
  type Program,
  type RegisteredCommand,
} from "./command.ts";
import { manPage } from "./man_page.ts";
import { similarName } from "./similar_name.ts";
import { optionTable } from "./split_arguments.ts";

/** The request that a command line makes to a program. */
export type CommandLineRequest =
  | CommandRequest
  | PrintRequest
  | VersionRequest
  | CompletionRequest;

/** A command to run. */
export interface CommandRequest extends PreparedCommand {
  /** Marks a command. */
  readonly kind: "command";
  /** The command, or the program without a command. */
  readonly command: RegisteredCommand;
}

/** A text to print on stdout: help, a completion script or a manual page. */
export interface PrintRequest {
  /** Marks a text to print. */
  readonly kind: "print";
  /** The text. */
  readonly text: string;
}

/** The version to print. With `verbosity` above 0, also the settings of the build. */
export interface VersionRequest {
  /** Marks the version. */
  readonly kind: "version";
  /** The number of `-v` flags. */
  readonly verbosity: number;
}

/** A word to complete. */
export interface CompletionRequest extends Completion {
  /** Marks a completion. */
  readonly kind: "completion";
}

/**
 * Parses a whole command line, without the program's name.
 * @throws {UserError} if it is invalid
 */
export function parseCommandLine(program: Program, args: readonly string[]): CommandLineRequest {
  const [first, ...operands] = args;
  if (builtInNames.some((name) => name === first)) return parseBuiltIn(program, first, operands);
  const { command, rest } = findCommand(program, args);
  const parsed = command.parse(rest, (option) => hintFromOtherCommand(program, command, option));
  switch (parsed.kind) {
    case "options":
      return { kind: "command", command, ...parsed.options };
    case "help":
      return print(helpText(program, command, parsed));
    case "version":
      return parsed;
    default:
      return parsed satisfies never;
  }
}

type ReadBuiltIn = (program: Program, operands: readonly string[]) => CommandLineRequest;

const BUILT_IN_REQUESTS: Readonly<Record<BuiltInName, ReadBuiltIn>> = {
  help: (program, operands) =>
    print(helpText(program, commandToExplain(program, operands), { all: operands.length > 0 })),
  man: (program, operands) => print(manPage(program, commandToExplain(program, operands))),
  completion(program, operands) {
    const answer = answerCompletion(program, operands);
    return typeof answer === "string" ? print(answer) : { kind: "completion", ...answer };
  },
};

function print(text: string): PrintRequest {
  return { kind: "print", text };
}

function parseBuiltIn(
  program: Program,
  name: string | undefined,
  args: readonly string[],
): CommandLineRequest {
  const command = builtInCommands(program).find((each) => each.name === name);
  const parsed = command?.parse(args);
  if (command === undefined || parsed === undefined) throw new TypeError(`no built-in ${name}`);
  if (parsed.kind === "help") return print(helpText(program, command, parsed));
  return BUILT_IN_REQUESTS[command.name](program, parsed.kind === "options" ? parsed.options : []);
}

function commandToExplain(program: Program, args: readonly string[]): Command<unknown> {
  const [first, ...more] = args;
  const builtIn = builtInCommands(program).find(({ name }) => name === first);
  if (builtIn !== undefined && more.length === 0) return builtIn;
  const { command, rest } = findCommand(program, args);
  if (args.length === 0 || (command !== program.main && rest.length === 0)) return command;
  throw new UserError(`unknown command ${args.join(" ")}`, {
    hint: `list the commands: ${program.name} --help`,
  });
}

interface FoundCommand {
  readonly command: RegisteredCommand;
  readonly rest: readonly string[];
}

function findCommand(program: Program, args: readonly string[]): FoundCommand {
  const command = findNamedCommand(program, args);
  if (command !== undefined) return { command, rest: args.slice(commandWords(command).length) };
  refuseIncompleteCommand(program, args);
  refuseMisspelt(program, args);
  return { command: program.main, rest: args };
}

/** Refuses the beginning of a longer name: `audit` is no command, `audit verify` is one. */
function refuseIncompleteCommand(program: Program, args: readonly string[]): void {
  const whole = program.commands.filter((command) => commandWords(command)[0] === args[0]);
  if (whole.length === 0) return;
  const names = whole.map(({ name }) => `${program.name} ${name}`).join(" or ");
  throw new UserError(`incomplete command ${args[0]}`, { hint: `did you mean ${names}?` });
}

function refuseMisspelt(program: Program, [first]: readonly string[]): void {
  if (first === undefined || !/^[a-z]+$/.test(first)) return;
  const names = [...program.commands.map(({ name }) => name), ...builtInNames];
  const similar = similarName(first, names);
  if (similar === undefined) return;
  throw new UserError(`unknown command ${first}`, { hint: `did you mean ${similar}?` });
}

/** Returns a hint for an option that another form of the program has, but not this command. */
function hintFromOtherCommand(
  program: Program,
  command: RegisteredCommand,
  option: string,
): string | undefined {
  if (option === "-h") return "for help write --help";
  const owner = [program.main, ...program.commands].find((each) =>
    each !== command && optionTable(each.parser().usage).has(option)
  );
  if (owner === undefined) return undefined;
  const synopsis = synopses(program, owner)[owner === program.main ? 1 : 0];
  return `${option} is an option of: ${synopsis}`;
}
