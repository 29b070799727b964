/**
 * One command of a program: its options, what the help says of it, and what becomes of its
 * arguments. Each command has a file of its own in this folder. Imports `lib/cli`.
 * @module
 */

import type { OptionParser, WrittenOption } from "./option_parser.ts";
import { optionTable, splitArguments } from "./split_arguments.ts";

/** What there is to know about a command. */
export interface CommandSpec<Raw, Options> {
  /** Its name, such as `run` or `audit verify`; empty for the program without a command. */
  readonly name: string;
  /** What it does, in half a line. */
  readonly brief: string;
  /** Ways to write it, after its name: `[OPTION]... -- COMMAND [ARG]...`. */
  readonly synopsis: readonly string[];
  /** Whole paragraphs below the options. */
  readonly notes?: readonly string[];
  /** Command lines that work as they stand, each with what it does. */
  readonly examples: readonly Example[];
  /** The operands are a command line: the first one ends the options. */
  readonly takesCommand?: boolean;
  /** The operands are files, for completion. */
  readonly takesFiles?: boolean;
  /** Makes the parser of its options; only one is needed in most runs. */
  readonly parser: () => OptionParser<Raw>;
  /** Makes checked options of what was parsed, or throws a {@linkcode UserError}. */
  readonly interpret: (raw: Raw, operands: readonly string[]) => Options;
}

/** A command line and what it is for. */
export interface Example {
  /** The whole line, to be pasted into a shell. */
  readonly command: string;
  /** What it is for: a phrase. */
  readonly purpose: string;
}

/** What the arguments of a command turn out to be. */
export type Parsed<Options> =
  | { readonly kind: "options"; readonly options: Options }
  | { readonly kind: "help" }
  /** `--version`; `verbosity` is how often `-v` was given. */
  | { readonly kind: "version"; readonly verbosity: number };

/** What else an unknown option may mean, if anything. */
export type HintForOption = (option: string) => string | undefined;

/** A command, with the type of what its parser reads hidden. */
export interface CommandLine<Options> extends Omit<CommandSpec<unknown, Options>, "interpret"> {
  /**
   * Reads the arguments after the command's name.
   * @throws {UserError} if they are wrong
   */
  parse(args: readonly string[], hintFor?: HintForOption): Parsed<Options>;
}

/** A program: what it does without a command, and its commands. */
export interface Program<Options> {
  /** The name of the executable. */
  readonly name: string;
  /** The program without a command. */
  readonly main: CommandLine<Options>;
  /** Its commands, in the order of the help. */
  readonly commands: readonly CommandLine<Options>[];
}

/** The words of a command's name. */
export function wordsOf({ name }: { readonly name: string }): readonly string[] {
  return name.split(" ");
}

/** The command whose name `args` begin with: `hosts forget` where both that and `hosts` would fit. */
export function namedCommand<Options>(
  { commands }: Program<Options>,
  args: readonly string[],
): CommandLine<Options> | undefined {
  const [longest] = commands
    .filter((command) => wordsOf(command).every((word, index) => args[index] === word))
    .sort((a, b) => wordsOf(b).length - wordsOf(a).length);
  return longest;
}

/** The ways to write a command, each beginning with the program's name. */
export function synopses<Options>(
  program: Program<Options>,
  command: CommandLine<Options>,
): readonly string[] {
  const own = command.synopsis.map((rest) =>
    [program.name, command.name, rest].filter((part) => part !== "").join(" ")
  );
  const commands = command === program.main ? [`${program.name} COMMAND [OPTION]...`] : [];
  return [...own, ...commands];
}

/** Makes a command of its description. */
export function commandLine<Raw, Options>(spec: CommandSpec<Raw, Options>): CommandLine<Options> {
  return { ...spec, parse: (args, hintFor) => parseCommand(spec, args, hintFor) };
}

function parseCommand<Raw, Options>(
  spec: CommandSpec<Raw, Options>,
  args: readonly string[],
  hintFor?: HintForOption,
): Parsed<Options> {
  const parser = spec.parser();
  const { options, operands } = splitArguments(args, {
    table: new Map([...optionTable(parser.entries), ...askingOptions(spec)]),
    stopAtOperand: spec.takesCommand ?? false,
    ...(hintFor === undefined ? {} : { hintFor }),
  });
  const asked = whatIsAsked(options);
  if (asked !== undefined) return asked;
  return { kind: "options", options: spec.interpret(parser.read(options), operands) };
}

function askingOptions(spec: { readonly name: string }): [string, undefined][] {
  return spec.name === ""
    ? [["--help", undefined], ["--version", undefined]]
    : [["--help", undefined]];
}

function whatIsAsked(options: readonly WrittenOption[]): Parsed<never> | undefined {
  const names = options.map((option) => option.name);
  if (names.includes("--help")) return { kind: "help" };
  if (!names.includes("--version")) return undefined;
  const verbosity = names.filter((name) => name === "-v" || name === "--verbose").length;
  return { kind: "version", verbosity };
}
