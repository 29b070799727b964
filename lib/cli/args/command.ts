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
import type { ExitStatus } from "./exit_statuses.ts";
import {
  optionTable,
  type SplitArguments,
  splitArguments,
  type SplitRules,
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
  /** The purpose: an imperative of at most {@linkcode MAX_BRIEF} characters. */
  readonly brief: string;
  /** The synopsis after the command's name: `[OPTION]... -- COMMAND [ARG]...`. */
  readonly synopsis: readonly string[];
  /** The options of the short help, by any of their names; all options if absent. */
  readonly essentials?: readonly string[];
  /** Explanations below the options. The short help does not show them. */
  readonly topics?: readonly Topic[];
  /** Complete command lines with their purpose. The short help shows the first three. */
  readonly examples: readonly Example[];
  /** The exit statuses; success, error and interrupt if absent. */
  readonly exits?: readonly ExitStatus[];
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

/** An explanation in the help: sentences, then a list of terms. */
export interface Topic {
  /** The title. */
  readonly title: string;
  /** Paragraphs. */
  readonly text?: readonly string[];
  /** Words with their meaning. */
  readonly terms?: readonly Term[];
}

/** A word of the command line, a file or a key with its meaning. */
export type Term = readonly [term: string, meaning: string];

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
  /** `--help`; `all` after `--all`. */
  | { readonly kind: "help"; readonly all: boolean }
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
  const builtIn = builtInOptions(spec).map(({ name }) => [name, undefined] as const);
  const table = new Map([...optionTable(parser.usage), ...builtIn]);
  const rules = {
    table,
    stopAtOperand: spec.takesCommand ?? false,
    ...(hintFor === undefined ? {} : { hintFor }),
  };
  const help = args.includes(HELP) ? helpRequest(args, rules) : undefined;
  if (help !== undefined) return help;
  const written = splitArguments(args, rules);
  const { options, operands } = written;
  const version = versionRequest(options);
  if (version !== undefined) return version;
  const words = options.flatMap(({ name, value }) => value === undefined ? [name] : [name, value]);
  const result = parseSync(parser, words);
  if (!result.success) throw refusedValue(plainText(result.error), options);
  return { kind: "options", options: spec.interpret(result.value, operands, written) };
}

/** Returns the request for help in `args`. Beside `--help`, every command has the flag `--all`. */
function helpRequest(
  args: readonly string[],
  rules: SplitRules,
): ParsedArguments<never> | undefined {
  const { options } = splitArguments(args, {
    ...rules,
    table: new Map([[ALL, undefined], ...rules.table]),
  });
  const names = options.map((option) => option.name);
  return names.includes(HELP) ? { kind: "help", all: names.includes(ALL) } : undefined;
}

function versionRequest(options: readonly WrittenOption[]): ParsedArguments<never> | undefined {
  const names = options.map((option) => option.name);
  if (!names.includes(VERSION)) return undefined;
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

const HELP = "--help";
const ALL = "--all";
const VERSION = "--version";

/** An option of every command, or of the program without a command. */
export interface BuiltInOption {
  /** The name with its dashes. */
  readonly name: `--${string}`;
  /** The help text. */
  readonly brief: string;
}

/** Returns the built-in options of a command. An empty name is the program itself. */
export function builtInOptions(
  { name, essentials }: Pick<CommandSpec<never, unknown>, "name" | "essentials">,
): readonly BuiltInOption[] {
  const more = essentials === undefined ? "" : "; --help --all shows all options";
  const help: BuiltInOption = { name: HELP, brief: `show this help${more}` };
  const version: BuiltInOption = { name: VERSION, brief: "show the version; with -v, the build" };
  return name === "" ? [help, version] : [help];
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

/** The environment variables that every program reads. */
export const PROGRAM_ENVIRONMENT: readonly Term[] = [
  ["HOME", "home folder, the parent of the folders of the user"],
  ["XDG_CONFIG_HOME", "parent of the configuration folder (default ~/.config)"],
  ["XDG_STATE_HOME", "parent of the state folder (default ~/.local/state)"],
  ["NO_COLOR, CLICOLOR, CLICOLOR_FORCE, TERM", "use of colors on a terminal"],
];

/** Commands with one purpose. */
export interface CommandGroup {
  /** The purpose, in at most two short words. */
  readonly title: string;
  /** The commands, in the order of the help. */
  readonly commands: readonly RegisteredCommand[];
}

/** A program and its commands. */
export interface Program {
  /** The name of the executable. */
  readonly name: string;
  /** The purpose, in one sentence. */
  readonly about: string;
  /** The program without a command. */
  readonly main: RegisteredCommand;
  /** Its commands by purpose. */
  readonly groups: readonly CommandGroup[];
  /** Its commands, in the order of the help. */
  readonly commands: readonly RegisteredCommand[];
  /** The examples of the overview. */
  readonly examples: readonly Example[];
  /** The files that it reads and writes, for manual pages. */
  readonly files: readonly Term[];
  /** The environment variables that it reads, for manual pages. */
  readonly environment: readonly Term[];
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
