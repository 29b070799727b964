/**
 * Checks the options in the documentation without a run.
 * @module
 */
import { commandWords, findNamedCommand, type Program } from "../../../lib/cli/args/command.ts";
import { optionTable } from "../../../lib/cli/args/split_arguments.ts";
import { execProgram } from "../../../lib/cli/exec_program.ts";
import { triggerProgram } from "../../../lib/cli/trigger_program.ts";

const PROGRAMS: readonly Program[] = [triggerProgram, execProgram];

/**
 * Parses every command line of our programs in a line of shell.
 * @throws {Error} if a program refuses its arguments
 */
export function checkCommandLine(line: string): void {
  const words = shellWords(line.replace(/ &$/, ""));
  for (const program of PROGRAMS) {
    const at = words.findIndex((word) =>
      word === program.name || word.endsWith(`/${program.name}`)
    );
    if (at < 0 || (at > 0 && !["sudo", "exec"].includes(words[at - 1] ?? ""))) continue;
    const end = words.findIndex((word, index) => index > at && /^[|;<>]|^&&$|^2>/.test(word));
    parseArguments(program, words.slice(at + 1, end < 0 ? undefined : end));
  }
}

function parseArguments(program: Program, args: readonly string[]): void {
  const command = findNamedCommand(program, args) ?? program.main;
  command.parse(args.slice(commandWords(command).length));
}

/** Splits a line of shell without expansions: quotes, backslashes and blanks. */
export function shellWords(line: string): string[] {
  const words = line.match(/(?:'[^']*'|"[^"]*"|\\.|[^\s'"\\])+/g) ?? [];
  return words.map((word) => word.replaceAll(/'([^']*)'|"([^"]*)"|\\(.)/g, "$1$2$3"));
}

/** Returns the long options of both programs. */
export function knownOptions(): ReadonlySet<string> {
  const commands = PROGRAMS.flatMap((program) => [program.main, ...program.commands]);
  const names = commands.flatMap((command) => [...optionTable(command.parser().usage).keys()]);
  return new Set([...names, "--help", "--version"]);
}
