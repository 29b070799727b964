/**
 * Describes one command: its name, options, help and examples, how its arguments become checked
 * options, and the function that runs it. A program registers its commands here; what a command
 * does is loaded when it is used.
 * @module
 */
import type { Message } from "@optique/core/message";
import { type Parser, parseSync } from "@optique/core/parser";
import { UserError } from "../../base/errors.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Access } from "./access.ts";
import { builtInOptions } from "./built_in_commands.ts";
import {
  optionTable,
  type SplitArguments,
  splitArguments,
  type WrittenOption,
} from "./split_arguments.ts";

/**
 * An Optique parser for the options of a command, without its operands.
 * @internal because it is a name for a type of Optique
 */
export type OptionParser<T> = Parser<"sync", T, unknown>;

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
  /** What its operands are, for completion, one after the other; the last kind goes for all others. */
  readonly completes?: readonly OperandKind[];
  /** What it does with the files that its operands name, if they name files of this machine. */
  readonly operandAccess?: Access;
  /** Makes the parser of its options: on demand, because most runs need only one. */
  readonly parser: () => OptionParser<Raw>;
  /**
   * Makes checked options of what was parsed, or throws a {@linkcode UserError}. `written` is for
   * commands where it matters where options stand among operands.
   */
  readonly interpret: (raw: Raw, operands: readonly string[], written: SplitArguments) => Options;
}

/** What an operand can be. */
export type OperandKind = "files" | "hosts" | "jobs";

/** A command line and what it is for. */
export interface Example {
  /** The whole line, to be pasted into a shell. */
  readonly command: string;
  /** What it is for: a phrase. */
  readonly purpose: string;
}

/** What the arguments of a command turn out to be. */
export type ParsedArguments<Options> =
  | { readonly kind: "options"; readonly options: Options }
  | { readonly kind: "help" }
  /** `--version`; `verbosity` is how often `-v` was given. */
  | { readonly kind: "version"; readonly verbosity: number };

/** What else an unknown option may mean, if anything. */
export type UnknownOptionHint = (option: string) => string | undefined;

/** A command, with the type of what Optique parses hidden. */
export interface Command<Options> extends Omit<CommandSpec<unknown, Options>, "interpret"> {
  /**
   * Reads the arguments after the command's name.
   * @throws {UserError} if they are wrong
   */
  parse(args: readonly string[], hintFor?: UnknownOptionHint): ParsedArguments<Options>;
}

/** Makes a command of its description. */
export function defineCommand<Raw, Options>(spec: CommandSpec<Raw, Options>): Command<Options> {
  return { ...spec, parse: (args, hintFor) => parseCommand(spec, args, hintFor) };
}

function parseCommand<Raw, Options>(
  spec: CommandSpec<Raw, Options>,
  args: readonly string[],
  hintFor?: UnknownOptionHint,
): ParsedArguments<Options> {
  const parser = spec.parser();
  const written = splitArguments(args, {
    table: new Map([
      ...optionTable(parser.usage),
      ...builtInOptions(spec).map(({ name }) => [name, undefined] as const),
    ]),
    stopAtOperand: spec.takesCommand ?? false,
    ...(hintFor === undefined ? {} : { hintFor }),
  });
  const { options, operands } = written;
  const asked = builtInRequest(options);
  if (asked !== undefined) return asked;
  const words = options.flatMap(({ name, value }) => value === undefined ? [name] : [name, value]);
  const result = parseSync(parser, words);
  if (!result.success) throw new UserError(plainText(result.error));
  return { kind: "options", options: spec.interpret(result.value, operands, written) };
}

function builtInRequest(options: readonly WrittenOption[]): ParsedArguments<never> | undefined {
  const names = options.map((option) => option.name);
  if (names.includes("--help")) return { kind: "help" };
  if (!names.includes("--version")) return undefined;
  const verbosity = names.filter((name) => name === "-v" || name === "--verbose").length;
  return { kind: "version", verbosity };
}

/** Optique's messages as one phrase of ours: `--slots: "x" is not a number from 1 to 10`. */
function plainText(message: Message): string {
  return message.map((term) => {
    switch (term.type) {
      case "text":
        return term.text;
      case "optionName":
        return term.optionName;
      case "optionNames":
        return term.optionNames.join("/");
      case "metavar":
        return term.metavar;
      case "value":
        return JSON.stringify(term.value);
      default:
        return "";
    }
  }).join("").replace("cannot be used multiple times", "is given twice").replace(/\.$/, "");
}

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
