/**
 * Parses the command line of a whole program: finds the command, and answers `--help`, `--version`,
 * `help`, `completion` and `man`, which every program has.
 * @module
 */

import { findSimilar } from "@optique/core/suggestion";
import { UserError } from "../program/errors.ts";
import { type Command, commandWords, findNamedCommand, type Program } from "./command.ts";
import { answerCompletion, type Completion } from "./completion.ts";
import { helpText, synopses } from "./help.ts";
import { manPage } from "./help.ts";
import { optionTable } from "./split_arguments.ts";

/** Something to print on stdout and be done: help, a completion, a man page. */
export interface PrintOptions {
  /** Tells it from the other things that the program can be told to do. */
  readonly kind: "print";
  /** What to print. */
  readonly text: string;
}

/** The version, and with `verbosity` above 0 everything that was built in. */
export interface VersionOptions {
  /** Tells it from the other things that the program can be told to do. */
  readonly kind: "version";
  /** How often `-v` was given. */
  readonly verbosity: number;
}

/** What may complete a word. */
export interface CompletionOptions extends Completion {
  /** Tells it from the other things that the program can be told to do. */
  readonly kind: "completion";
}

/** What every program can be asked for. */
export type CommonOptions = PrintOptions | VersionOptions | CompletionOptions;

/**
 * Reads a whole command line, without the program's name.
 * @throws {UserError} if it is wrong
 */
export function parseProgram<Options>(
  program: Program<Options>,
  args: readonly string[],
): Options | CommonOptions {
  const answer = answerBuiltIn(program, args);
  if (typeof answer === "string") return { kind: "print", text: answer };
  if (answer !== undefined) return { kind: "completion", ...answer };
  const { command, rest } = findCommand(program, args);
  const parsed = command.parse(rest, (option) => hintFromOtherCommand(program, command, option));
  switch (parsed.kind) {
    case "options":
      return parsed.options;
    case "help":
      return { kind: "print", text: helpText(program, command) };
    case "version":
      return parsed;
    default:
      return parsed satisfies never;
  }
}

/** The commands that every program has; they are not in the help's list of options. */
function answerBuiltIn<Options>(
  program: Program<Options>,
  [first, ...rest]: readonly string[],
): string | Completion | undefined {
  switch (first) {
    case "help":
      return helpText(program, commandToExplain(program, rest));
    case "completion":
      return answerCompletion(program, rest);
    case "man":
      return manPage(program);
    default:
      return undefined;
  }
}

function commandToExplain<Options>(
  program: Program<Options>,
  args: readonly string[],
): Command<Options> {
  const { command } = findCommand(program, args);
  if (args.length === 0 || command !== program.main) return command;
  throw new UserError(`unknown command ${args.join(" ")}`, {
    hint: `${program.name} --help lists them`,
  });
}

interface FoundCommand<Options> {
  readonly command: Command<Options>;
  readonly rest: readonly string[];
}

function findCommand<Options>(
  program: Program<Options>,
  args: readonly string[],
): FoundCommand<Options> {
  const command = findNamedCommand(program, args);
  if (command !== undefined) return { command, rest: args.slice(commandWords(command).length) };
  refuseIncompleteCommand(program, args);
  refuseMisspelt(program, args);
  return { command: program.main, rest: args };
}

/** `audit` alone is the beginning of `audit verify`. */
function refuseIncompleteCommand<Options>(
  program: Program<Options>,
  args: readonly string[],
): void {
  const whole = program.commands.filter((command) => commandWords(command)[0] === args[0]);
  if (whole.length === 0) return;
  const names = whole.map(({ name }) => `${program.name} ${name}`).join(" or ");
  throw new UserError(`${args[0]} alone is no command`, { hint: `did you mean ${names}?` });
}

function refuseMisspelt<Options>(program: Program<Options>, [first]: readonly string[]): void {
  if (first === undefined || !/^[a-z]+$/.test(first)) return;
  const names = [...program.commands.map(({ name }) => name), "help", "completion", "man"];
  // Two letters that changed places count as two edits: much, for names as short as these.
  const [similar] = findSimilar(first, names, { maxDistance: 2, maxDistanceRatio: 0.7 });
  if (similar === undefined) return;
  throw new UserError(`unknown command ${first}`, { hint: `did you mean ${similar}?` });
}

/** A hint for an option that this command does not have, but another form of the program does. */
function hintFromOtherCommand<Options>(
  program: Program<Options>,
  command: Command<Options>,
  option: string,
): string | undefined {
  if (option === "-h") return "-h is the host's name where there is one; for help write --help";
  const owner = [program.main, ...program.commands].find((each) =>
    each !== command && optionTable(each.parser().usage).has(option)
  );
  if (owner === undefined) return undefined;
  const [synopsis = ""] = synopses(program, owner);
  return `${option} belongs to ${synopsis}`;
}
