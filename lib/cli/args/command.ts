/**
 * Describes one command: its name, options, help and examples, how its arguments become checked
 * options, and the function that runs it. The code of a command is loaded when it is used.
 * @module
 */
import type { Message } from "@optique/core/message";
import { type Parser, parseSync } from "@optique/core/parser";
import { UserError } from "../../base/errors.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { foreignValueHint } from "./foreign_options.ts";
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
 * @internal because it names a type of Optique
 */
export type OptionParser<T> = Parser<"sync", T, unknown>;

/** The description of a command. */
export interface CommandSpec<Raw, Options> {
  /** The name, such as `run` or `audit verify`; empty for the program without a command. */
  readonly name: string;
  /** A description of at most half a line. */
  readonly brief: string;
  /** The synopsis after the command's name: `[OPTION]... -- COMMAND [ARG]...`. */
  readonly synopsis: readonly string[];
  /** Paragraphs below the options. */
  readonly notes?: readonly string[];
  /** Complete command lines with their purpose. */
  readonly examples: readonly Example[];
  /** Whether the operands are a command line, so that the first operand ends the options. */
  readonly takesCommand?: boolean;
  /** The kinds of the operands, for completion. The last kind applies to all further operands. */
  readonly completes?: readonly OperandKind[];
  /** The access to the local files that operands name, if they name any. */
  readonly operandAccess?: Access;
  /**
   * Creates the parser of the options. Called on demand, because most runs need only one parser.
   */
  readonly parser: () => OptionParser<Raw>;
  /**
   * Converts parsed options to checked options. `written` is for commands where the position of
   * options among operands matters.
   * @throws {UserError} if the options are invalid
   */
  readonly interpret: (raw: Raw, operands: readonly string[], written: SplitArguments) => Options;
}

/** The kind of an operand. */
export type OperandKind = "files" | "hosts" | "jobs";

/** A command line and its purpose. */
export interface Example {
  /** The whole line, ready to paste into a shell. */
  readonly command: string;
  /** The purpose, as a phrase. */
  readonly purpose: string;
}

/** The result of parsing the arguments of a command. */
export type ParsedArguments<Options> =
  | { readonly kind: "options"; readonly options: Options }
  | { readonly kind: "help" }
  /** `--version`; `verbosity` is the number of `-v` flags. */
  | { readonly kind: "version"; readonly verbosity: number };

/** Returns a hint for an unknown option, if there is one. */
export type UnknownOptionHint = (option: string) => string | undefined;

/** A command without the type of its parsed options. */
export interface Command<Options> extends Omit<CommandSpec<unknown, Options>, "interpret"> {
  /**
   * Reads the arguments after the command's name.
   * @throws {UserError} if they are wrong
   */
  parse(args: readonly string[], hintFor?: UnknownOptionHint): ParsedArguments<Options>;
}

/** Creates a command from its description. */
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
  if (!result.success) throw refusedValue(plainText(result.error), options);
  return { kind: "options", options: spec.interpret(result.value, operands, written) };
}

function builtInRequest(options: readonly WrittenOption[]): ParsedArguments<never> | undefined {
  const names = options.map((option) => option.name);
  if (names.includes("--help")) return { kind: "help" };
  if (!names.includes("--version")) return undefined;
  const verbosity = names.filter((name) => name === "-v" || name === "--verbose").length;
  return { kind: "version", verbosity };
}

/** Returns the error `message`, which begins with the names of an option: `-u/--run-timeout: …`. */
function refusedValue(message: string, options: readonly WrittenOption[]): UserError {
  const [names = ""] = message.split(":");
  const written = options.find(({ name }) => names.split("/").includes(name));
  const { name, value } = written ?? {};
  if (name === undefined || value === undefined) return new UserError(message);
  return new UserError(message, { hint: foreignValueHint(name, value) });
}

/** Returns Optique's message as one phrase: `--slots: "x" is not a number from 1 to 10`. */
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

/** The command line of a program. */
export interface CommandLine {
  /** The program. */
  readonly program: Program;
  /** All arguments, including the command's name. */
  readonly args: readonly string[];
}

/** Runs a command with its options; resolves with the exit status. */
export type RunCommand<Options> = (
  options: Options,
  terminal: Terminal,
  line: CommandLine,
) => Promise<number>;

/** The options of a command, with the function that runs it with them. */
export interface PreparedCommand {
  /** The parsed options. */
  readonly options: unknown;
  /** Loads and runs the command; resolves with the exit status. */
  readonly run: (terminal: Terminal, line: CommandLine) => Promise<number>;
}

/** A command of a program: its arguments are parsed into a run. */
export interface RegisteredCommand extends Command<PreparedCommand> {
  /** Whether it may start `/bin/sh` on this machine. */
  readonly startsLocalShell: boolean;
}

/** The properties of a command that are not in its description. */
export type Needs = Pick<RegisteredCommand, "startsLocalShell">;

/** Combines a command with its run, which `load` imports when the command is used. */
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

/** A query for names that complete a word and that only a hub or a file knows. */
export interface NameQuery {
  /** The kind of the names. */
  readonly kind: "hosts" | "groups" | "jobs";
  /** The beginning of the word. */
  readonly typed: string;
  /** The hub that the preceding words name. */
  readonly hub?: string;
}

/** A name that completes a word. */
export interface CompletedName {
  /** The whole word. */
  readonly text: string;
  /** A short description, if there is one. */
  readonly about?: string;
}

/** Finds names for completion. Returns none if none are known. */
export type FindNames = (query: NameQuery) => Promise<readonly CompletedName[]>;

/** A program and its commands. */
export interface Program {
  /** The name of the executable. */
  readonly name: string;
  /** The program without a command. */
  readonly main: RegisteredCommand;
  /** Its commands, in the order of the help. */
  readonly commands: readonly RegisteredCommand[];
  /** Imports the search for names; absent if no word of the command lines is a name. */
  readonly loadNames?: () => Promise<FindNames>;
}

/** Returns the words of a command's name. */
export function commandWords({ name }: { readonly name: string }): readonly string[] {
  return name.split(" ").filter((word) => word !== "");
}

/**
 * Returns the command that `args` begin with. The longest name wins: `hosts forget` before `hosts`.
 */
export function findNamedCommand(
  { commands }: Program,
  args: readonly string[],
): RegisteredCommand | undefined {
  const [longest] = commands
    .filter((command) => commandWords(command).every((word, index) => args[index] === word))
    .sort((a, b) => commandWords(b).length - commandWords(a).length);
  return longest;
}
