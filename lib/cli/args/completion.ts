/**
 * Shell completion. `nanotrigger completion bash` prints a script, which then calls `nanotrigger
 * completion bash WORD...` to complete the last word. Optique makes the scripts.
 * @module
 */

import { bash, fish, type ShellCompletion, zsh } from "@optique/core/completion";
import { text } from "@optique/core/message";
import { type Suggestion, suggestSync } from "@optique/core/parser";
import { UserError } from "../../base/errors.ts";
import { builtInCommands, builtInNames } from "./built_in_commands.ts";
import {
  builtInOptions,
  type Command,
  commandWords,
  type CompletedName,
  findNamedCommand,
  type NameQuery,
  type OperandKind,
  type Program,
} from "./command.ts";
import { optionTable } from "./split_arguments.ts";

const SHELLS: Readonly<Record<string, ShellCompletion>> = { bash, zsh, fish };

/** The completion of a word. */
export interface Completion {
  /** The name of the shell. */
  readonly shell: string;
  /**
   * The suggestions that the program itself knows.
   * @internal because its type is one of Optique's
   */
  readonly own: readonly Suggestion[];
  /** A query for names that only a hub or a file knows. */
  readonly wanted?: NameQuery;
}

/**
 * Returns the script for a shell, or the completion of the last word after the shell's name.
 * @throws {UserError} if the shell is unknown
 */
export function answerCompletion(
  program: Program,
  [name, ...words]: readonly string[],
): string | Completion {
  const shell = name === undefined ? undefined : SHELLS[name];
  if (name === undefined || shell === undefined) {
    throw new UserError(
      name === undefined ? "no shell given" : `unknown shell: ${name}`,
      { hint: `use one of ${Object.keys(SHELLS).join(", ")}` },
    );
  }
  if (words.length === 0) return shell.generateScript(program.name, ["completion", shell.name]);
  const wanted = findNameQuery(program, words);
  return { shell: name, own: suggestions(program, words), ...(wanted && { wanted }) };
}

/**
 * Converts names to suggestions.
 * @internal because its signature has a type of Optique
 */
export function nameSuggestions(names: readonly CompletedName[]): readonly Suggestion[] {
  return names.map((name) => ({
    kind: "literal",
    text: name.text,
    ...(name.about !== undefined && { description: [text(name.about)] }),
  }));
}

/**
 * Formats suggestions for the shell `name`.
 * @internal because its signature has a type of Optique
 */
export function completionText(name: string, all: readonly Suggestion[]): string {
  return [...SHELLS[name]?.encodeSuggestions(all) ?? []].join("");
}

/**
 * Returns suggestions for the last of `words`; the others are complete.
 * @internal because its signature has a type of Optique
 */
export function suggestions(
  program: Program,
  words: readonly string[],
): readonly Suggestion[] {
  const [first, ...operands] = words;
  const builtIn = builtInNames.find((name) => name === first);
  if (builtIn !== undefined && operands.length > 0) {
    return builtIn === "completion"
      ? literals(Object.keys(SHELLS).map((name) => [name, ""]), operands[0] ?? "")
      : nextCommandWords(program, operands);
  }
  const command = findNamedCommand(program, words.slice(0, -1));
  const rest = command === undefined ? words : words.slice(commandWords(command).length);
  return [
    ...nextCommandWords(program, words),
    ...commandSuggestions(command ?? program.main, rest),
  ];
}

/**
 * Returns the words that continue a command's name: `audit` after nothing, `verify` after `audit`.
 */
function nextCommandWords(
  program: Program,
  words: readonly string[],
): readonly Suggestion[] {
  const typed = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const next = new Map<string, string>();
  for (const { name, brief } of [...program.commands, ...builtInCommands(program)]) {
    const parts = commandWords({ name });
    const word = parts[before.length];
    if (word?.startsWith(typed) && before.every((each, index) => each === parts[index])) {
      if (!next.has(word)) next.set(word, brief);
    }
  }
  return literals(next, typed);
}

/** Returns the `words` that begin with `typed`, with their descriptions. */
function literals(
  words: Iterable<readonly [word: string, description: string]>,
  typed: string,
): readonly Suggestion[] {
  return [...words].filter(([word]) => word.startsWith(typed)).map(([word, description]) => ({
    kind: "literal",
    text: word,
    ...(description !== "" && { description: [text(description)] }),
  }));
}

function commandSuggestions(
  command: Command<unknown>,
  words: readonly string[],
): readonly Suggestion[] {
  const parser = command.parser();
  const typed = words.at(-1) ?? "";
  const previous = words.at(-2) ?? "";
  if (words.slice(0, -1).includes("--")) return [];
  // Only the option before the last word matters: the word may be its value.
  const takesValue = optionTable(parser.usage).get(previous) !== undefined;
  const own = suggestSync(parser, takesValue ? [previous, typed] : [typed]);
  if (typed.startsWith("-") && !takesValue) {
    const builtIn = builtInOptions(command).map(({ name, brief }) => [name, brief] as const);
    return [...own, ...literals(builtIn, typed)];
  }
  if (own.length > 0 || typed.startsWith("-")) return own;
  const isFile = operandKind(command, words.slice(0, -1)) === "files";
  return isFile ? [{ kind: "file", type: "file", pattern: typed }] : [];
}

/**
 * Returns a query for the last of `words` if it is a name that the program itself does not know.
 */
export function findNameQuery(
  program: Program,
  words: readonly string[],
): NameQuery | undefined {
  const command = findNamedCommand(program, words.slice(0, -1)) ?? program.main;
  const rest = command === program.main ? words : words.slice(commandWords(command).length);
  const [before, typed] = [rest.slice(0, -1), rest.at(-1) ?? ""];
  if (before.includes("--")) return undefined;
  const metavar = optionTable(command.parser().usage).get(before.at(-1) ?? "");
  const kind = metavar === undefined ? operandKind(command, before) : KIND_BY_METAVAR[metavar];
  if (kind === undefined || kind === "files" || typed.startsWith("-")) return undefined;
  const hub = before[before.indexOf("--hub") + 1];
  return { kind, typed, ...(before.includes("--hub") && hub !== undefined && { hub }) };
}

/** The kind of the names that each metavar stands for. */
const KIND_BY_METAVAR: Readonly<Record<string, NameQuery["kind"]>> = {
  SET: "hosts",
  HOST: "hosts",
  "HOST|ALL": "hosts",
  GROUP: "groups",
};

/** Returns the kind of the operand that follows `before`. */
function operandKind(
  command: Command<unknown>,
  before: readonly string[],
): OperandKind | undefined {
  const { completes = [] } = command;
  if (completes.length === 0) return undefined;
  const table = optionTable(command.parser().usage);
  const isOperand = (word: string, index: number) =>
    !word.startsWith("-") && table.get(before[index - 1] ?? "") === undefined;
  return completes[before.filter(isOperand).length] ?? completes.at(-1);
}
