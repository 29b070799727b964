/**
 * Finds the local files that a command line names, and the access to them, by the rules of each
 * option. A program starts with permissions for these files only.
 * @module
 */
import { UserError } from "../../base/errors.ts";
import { LOCAL_SHELL, type PermissionScope } from "../sandbox/permissions.ts";
import type { Access } from "./access.ts";
import { builtInNames } from "./built_in_commands.ts";
import {
  builtInOptions,
  commandWords,
  findNamedCommand,
  type Program,
  type RegisteredCommand,
} from "./command.ts";
import { optionAccess } from "./local_option.ts";
import { type OptionTable, optionTable, splitArguments } from "./split_arguments.ts";

/** The rules for the words of one command. */
export interface CommandRules {
  /** The name; empty for the program without a command. */
  readonly name: string;
  /** All options, each with the metavar of its value if it takes one. */
  readonly table: OptionTable;
  /** The options whose values name a file or socket. */
  readonly access: ReadonlyMap<string, Access>;
  /** The access to the files that operands name, if they name any. */
  readonly operands: Access | undefined;
  /** Whether the first operand ends the options. */
  readonly stopAtOperand: boolean;
  /** Whether it may start `/bin/sh` on this machine. */
  readonly startsLocalShell: boolean;
}

/** Returns the rules of a command. */
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

/** Returns the rules of all commands. The program without a command is first. */
export function pathRules({ main, commands }: Program): readonly CommandRules[] {
  return [main, ...commands].map(commandRules);
}

/** The paths that a program needs permission for. */
export type NamedPaths = Required<
  Pick<PermissionScope, "sockets" | "readable" | "writable" | "programs">
>;

const NOTHING: NamedPaths = { sockets: [], readable: [], writable: [], programs: [] };

/** The prefix of a public key, which `--trust` accepts in place of a file. */
const KEY_WORD = "nanoexec-ed25519 ";

/**
 * Returns the paths that `args` name for `program`. Leaves out paths with a comma, because no
 * permission can express them. An invalid command line names no path, because the program only
 * reports the error.
 */
export function namedPaths(program: Program, args: readonly string[]): NamedPaths {
  const isCompletion = args[0] === "completion";
  // `completion SHELL WORD...` queries the hub that the words name.
  const words = isCompletion ? args.slice(2) : args;
  if (builtInNames.some((name) => name === words[0])) return NOTHING;
  const command = findNamedCommand(program, words) ?? program.main;
  const rules = commandRules(command);
  const [sockets, readable, writable]: [string[], string[], string[]] = [[], [], []];
  for (const [access, word] of localWords(rules, words.slice(commandWords(command).length))) {
    const path = pathIn(word, access);
    if (path === undefined || path === "" || path.includes(",")) continue;
    if (access === "socket") sockets.push(path);
    else if (access === "write" || access === "create") writable.push(path);
    else readable.push(path);
    if (access === "read-with-folder") readable.push(...folderOf(path));
    if (access === "create") writable.push(...folderOf(path));
  }
  const programs = rules.startsLocalShell && !isCompletion ? [LOCAL_SHELL] : [];
  return { sockets, readable, writable, programs };
}

/** Returns the words that may name something, each with its access. */
function localWords(
  { table, access, operands, stopAtOperand }: CommandRules,
  words: readonly string[],
): readonly (readonly [Access, string])[] {
  try {
    const split = splitArguments(words, { table, stopAtOperand });
    const values = split.options.flatMap(({ name, value }) => {
      const found = access.get(name);
      return found === undefined || value === undefined ? [] : [[found, value] as const];
    });
    return operands === undefined
      ? values
      : [...values, ...split.operands.map((word) => [operands, word] as const)];
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
}

/** Returns the path in a word, if there is one. */
function pathIn(word: string, access: Access): string | undefined {
  switch (access) {
    case "socket":
      return behind("ipc://", word);
    case "read-names":
      return behind("^", word);
    case "read-secret":
      return word.includes("=@") ? word.slice(word.indexOf("=@") + 2) : undefined;
    case "read-with-folder":
      return word.includes(KEY_WORD) ? undefined : word;
    default:
      return word;
  }
}

function behind(prefix: string, word: string): string | undefined {
  return word.startsWith(prefix) ? word.slice(prefix.length) : undefined;
}

/**
 * Returns the folder of `path`. Excludes the root folder, which would give access to everything.
 */
function folderOf(path: string): string[] {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? ["."] : slash === 0 ? [] : [path.slice(0, slash)];
}
