/**
 * Reads a command line the way getopt does, before Optique gives the values their types. Optique
 * alone does not accept `-t90`, does not stop at the first operand, and writes several lines about
 * an unknown option.
 *
 * - `--name VALUE`, `--name=VALUE`, `-n VALUE`, `-nVALUE`; flags together: `-bL`, also `-bLt90`.
 *
 * - `--` ends the options; `-` alone is an operand.
 *
 * - For a command whose operands are another command line, the first operand ends the options: `run
 * -w web1 ls -l` passes `-l` to `ls`.
 * @module
 */

import type { Usage, UsageTerm } from "@optique/core/usage";
import { UserError } from "../../base/errors.ts";
import { foreignOptionHint } from "./foreign_options.ts";
import { similarName } from "./similar_name.ts";

/** The known options, each with the metavar of its value if it takes one. */
export type OptionTable = ReadonlyMap<string, string | undefined>;

/** The rules for splitting a command line. */
export interface SplitRules {
  /** The known options. */
  readonly table: OptionTable;
  /** Whether the first operand ends the options. */
  readonly stopAtOperand: boolean;
  /** Returns a hint for an unknown option, if it is better than a similar name. */
  readonly hintFor?: (option: string) => string | undefined;
}

/** An option of the command line. */
export interface WrittenOption {
  /** The name with its dashes. */
  readonly name: string;
  /** The value; absent for a flag. */
  readonly value?: string;
  /** The number of operands before the option. */
  readonly operandsBefore: number;
}

/** The parts of a command line. */
export interface SplitArguments {
  /** The options in their order. */
  readonly options: readonly WrittenOption[];
  /** All other words, in their order. */
  readonly operands: readonly string[];
  /** Words after the first operand that would be options before it, unless `--` separates them. */
  readonly late: readonly string[];
}

/**
 * Returns the table of the options in a parser's usage.
 * @internal because its signature has a type of Optique
 */
export function optionTable(usage: Usage): OptionTable {
  const table = new Map<string, string | undefined>();
  const visit = (term: UsageTerm): void => {
    if (term.type === "option") term.names.forEach((name) => table.set(name, term.metavar));
    else if (term.type === "optional" || term.type === "multiple") term.terms.forEach(visit);
  };
  usage.forEach(visit);
  return table;
}

/**
 * Splits `args` into options and operands.
 * @throws {UserError} if an option is unknown, lacks its value or takes none, or if an argument is
 * not UTF-8
 */
export function splitArguments(args: readonly string[], rules: SplitRules): SplitArguments {
  refuseInvalidUtf8(args);
  const options: WrittenOption[] = [];
  const operands: string[] = [];
  const late: string[] = [];
  const rest = [...args];
  const add = (...found: readonly NamedValue[]) => {
    for (const each of found) options.push({ ...each, operandsBefore: operands.length });
  };
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--") operands.push(...rest.splice(0));
    else if (word.startsWith("--")) add(longOption(word, rest, rules));
    else if (word.startsWith("-") && word !== "-") add(...shortOptions(word, rest, rules));
    else if (!rules.stopAtOperand) operands.push(word);
    else {
      late.push(...lateOptions(rest, rules));
      operands.push(word, ...rest.splice(0));
    }
  }
  return { options, operands, late };
}

/**
 * Refuses arguments with U+FFFD, because the runtime replaces invalid bytes by it: such an argument
 * names another file.
 */
function refuseInvalidUtf8(args: readonly string[]): void {
  const replaced = args.find((arg) => arg.includes("\ufffd"));
  if (replaced === undefined) return;
  throw new UserError(`an argument is not UTF-8: ${replaced}`, {
    hint: "match the file name with a pattern on the host: --shell 'ls caf?'",
  });
}

/**
 * Options that are harmless after the command: `--help` shows the command's help, and a missing `-n`
 * does no harm.
 */
const IGNORED_LATE_OPTIONS: ReadonlySet<string> = new Set(["--help", "-n"]);

function lateOptions(words: readonly string[], { table }: SplitRules): readonly string[] {
  const end = words.indexOf("--");
  return words.slice(0, end < 0 ? undefined : end)
    .filter((word) => !IGNORED_LATE_OPTIONS.has(word) && couldBeOption(word, table));
}

function couldBeOption(word: string, table: OptionTable): boolean {
  const long = /^--[^=]+/.exec(word);
  if (long) return table.has(long[0]);
  const [, letters = "", number] = /^-([A-Za-z]+)(\d\w*)?$/.exec(word) ?? [];
  const names = [...letters].map((letter) => `-${letter}`);
  const last = names.pop();
  if (last === undefined || !table.has(last) || !names.every((name) => isFlag(name, table))) {
    return false;
  }
  // Attached values count only if they are numbers: "-type" is not our `-t`.
  return number === undefined || !isFlag(last, table);
}

function isFlag(name: string, table: OptionTable): boolean {
  return table.has(name) && table.get(name) === undefined;
}

type NamedValue = Omit<WrittenOption, "operandsBefore">;

function longOption(word: string, rest: string[], rules: SplitRules): NamedValue {
  const equals = word.indexOf("=");
  const name = equals < 0 ? word : word.slice(0, equals);
  if (!rules.table.has(name)) throw unknownOption(name, name, rules);
  const metavar = rules.table.get(name);
  if (metavar === undefined && equals >= 0) throw new UserError(`option ${name} takes no value`);
  if (metavar === undefined) return { name };
  return { name, value: equals < 0 ? nextValue(name, metavar, rest) : word.slice(equals + 1) };
}

function shortOptions(word: string, rest: string[], rules: SplitRules): readonly NamedValue[] {
  const options: NamedValue[] = [];
  const letters = [...word.slice(1)];
  for (let letter = letters.shift(); letter !== undefined; letter = letters.shift()) {
    const name = `-${letter}`;
    // "-hots" is most likely a long option with one dash missing.
    if (!rules.table.has(name)) throw unknownOption(name, `-${word}`, rules);
    const metavar = rules.table.get(name);
    if (metavar === undefined) {
      options.push({ name });
    } else {
      const attached = letters.splice(0).join("");
      options.push({ name, value: attached === "" ? nextValue(name, metavar, rest) : attached });
    }
  }
  return options;
}

function nextValue(name: string, metavar: string, rest: string[]): string {
  const value = rest.shift();
  if (value !== undefined) return value;
  throw new UserError(`option ${name} needs a value: ${name} ${metavar}`, {
    ...(name === "-h" && { hint: "for help write --help" }),
  });
}

function unknownOption(name: string, similarTo: string, rules: SplitRules): UserError {
  const { table } = rules;
  const hint = foreignOptionHint(name, table) ?? rules.hintFor?.(name) ??
    similarOptionHint(similarTo, table);
  return new UserError(`unknown option ${name}`, { hint });
}

function similarOptionHint(typed: string, table: OptionTable): string | undefined {
  const similar = similarName(typed, [...table.keys()].filter((name) => name.startsWith("--")));
  return similar === undefined ? undefined : `did you mean ${similar}?`;
}
