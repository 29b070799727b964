/**
 * The help of a program and of its commands, for 80 columns: an overview, a short help with the
 * options of a first day, and the full help. Manual pages use the same descriptions.
 * @module
 */
import { formatMessage } from "@optique/core/message";
import { getDocPageSync } from "@optique/core/parser";
import { builtInCommands } from "./built_in_commands.ts";
import {
  builtInOptions,
  type Command,
  type Example,
  type Program,
  type Term,
  type Topic,
} from "./command.ts";
import { type ExitStatus, plainStatuses, sumNote } from "./exit_statuses.ts";

const WIDTH = 80;
/** Longer terms stand on a line of their own. */
const MAX_TERM = 30;
const SHORT_EXAMPLES = 3;

/** An option in help and manual. */
export interface OptionDoc {
  /** The names with their dashes. */
  readonly names: readonly string[];
  /** The metavar of the value; absent for a flag. */
  readonly metavar: string | undefined;
  /** The help text. */
  readonly text: string;
}

/** Options with one purpose. */
export interface OptionSection {
  /** The purpose. */
  readonly title: string;
  /** The options. */
  readonly options: readonly OptionDoc[];
}

/** The extent of a help text. */
export interface HelpExtent {
  /** Whether to show all options and explanations. */
  readonly all: boolean;
}

/** Returns the help of `command`, which may be the program without a command or a built-in one. */
export function helpText(
  program: Program,
  command: Command<unknown>,
  { all }: HelpExtent,
): string {
  const lines = command === program.main
    ? overview(program, all)
    : all || command.essentials === undefined
    ? fullHelp(program, command)
    : shortHelp(program, command);
  return lines.join("\n") + "\n";
}

function overview(program: Program, all: boolean): readonly string[] {
  const { main, name, about, commands } = program;
  const [{ name: command } = main] = commands;
  const more = [
    `${name} ${command} --help`,
    `${name} man`,
    ...(all ? [] : [`${name} --help --all`]),
  ];
  return [
    ...usageLines(synopses(program, main).slice(0, all || main.essentials?.length !== 0 ? 2 : 1)),
    "",
    about,
    "",
    ...commandGrid(program),
    ...(all ? sectionLines(sectionsOf(main)) : essentialLines(main)),
    "",
    ...exampleLines(program.examples),
    ...(all ? detailLines(main) : []),
    "",
    `More: ${more.join(", ")}`,
  ];
}

/** Returns the options of the short help, after an empty line; nothing if there are none. */
function essentialLines(command: Command<unknown>): readonly string[] {
  const options = sectionsOf(command).flatMap((section) => section.options);
  const shown =
    command.essentials?.flatMap((option) =>
      options.filter(({ names }) => names.includes(option))
    ) ?? options;
  if (shown.length === 0) return [];
  return ["", ...termLines(shown.map((option) => [shortTerm(option), option.text]))];
}

function shortHelp(program: Program, command: Command<unknown>): readonly string[] {
  const { name, examples } = command;
  return [
    ...usageLines(synopses(program, command).slice(0, 1)),
    "",
    `${capitalized(command.brief)}.`,
    ...essentialLines(command),
    "",
    ...exampleLines(examples.slice(0, SHORT_EXAMPLES)),
    "",
    `More: ${program.name} help ${name}, ${program.name} man ${name}`,
  ];
}

function fullHelp(program: Program, command: Command<unknown>): readonly string[] {
  return [
    ...usageLines(synopses(program, command)),
    "",
    `${capitalized(command.brief)}.`,
    ...sectionLines(sectionsOf(command)),
    "",
    ...exampleLines(command.examples),
    ...detailLines(command),
  ];
}

function detailLines(command: Command<unknown>): readonly string[] {
  return [...command.topics ?? [], exitTopic(command)].flatMap((
    topic,
  ) => ["", ...topicLines(topic)]);
}

/** Returns the synopses of a command, each beginning with the program's name. */
export function synopses(
  program: Pick<Program, "name" | "main">,
  command: Command<unknown>,
): readonly string[] {
  const own = command.synopsis.map((rest) =>
    [program.name, command.name, rest].filter((part) => part !== "").join(" ")
  );
  return command === program.main ? [`${program.name} COMMAND [OPTION]...`, ...own] : own;
}

/** Returns the options of a command by purpose. Merges sections with the same title. */
export function sectionsOf(command: Command<unknown>): readonly OptionSection[] {
  const sections = new Map<string, OptionDoc[]>();
  const add = (title: string, options: readonly OptionDoc[]) =>
    sections.set(title, [...sections.get(title) ?? [], ...options]);
  for (const { title = "Options", entries } of getDocPageSync(command.parser())?.sections ?? []) {
    add(
      title,
      entries.flatMap(({ term, description = [] }) =>
        term.type !== "option" ? [] : [{
          names: term.names,
          metavar: term.metavar,
          text: formatMessage(description, { colors: false, quotes: false }),
        }]
      ),
    );
  }
  const builtIn = builtInOptions(command).map(({ name, brief }) => ({
    names: [name],
    metavar: undefined,
    text: brief,
  }));
  add(sections.size === 1 && sections.has("Options") ? "Options" : "Messages", builtIn);
  return [...sections].map(([title, options]) => ({ title, options }));
}

/** Returns the exit statuses of a command as an explanation. */
export function exitTopic(command: Command<unknown>): Topic {
  const statuses: readonly ExitStatus[] = command.exits ?? plainStatuses();
  const note = sumNote(statuses);
  return {
    title: "Exit status",
    terms: statuses.map(({ status, meaning }) => [String(status), meaning]),
    ...(note !== undefined && { text: [note] }),
  };
}

/** Returns an option with all its names: `-t, --delivery-timeout TIME`. */
export function optionTerm({ names, metavar }: OptionDoc): string {
  return [names.join(", "), ...(metavar === undefined ? [] : [metavar])].join(" ");
}

/** Returns `phrase` with a capital letter. */
export function capitalized(phrase: string): string {
  return phrase.charAt(0).toUpperCase() + phrase.slice(1);
}

function shortTerm(option: OptionDoc): string {
  const [letter = ""] = option.names.filter((name) => !name.startsWith("--"));
  return optionTerm(letter === "" ? option : { ...option, names: [letter] });
}

/** Commands of any kind with one purpose. */
export interface HelpGroup {
  /** The purpose. */
  readonly title: string;
  /** The commands, in the order of the help. */
  readonly commands: readonly Command<unknown>[];
}

/** Returns the commands of a program by purpose, including the built-in ones. */
export function commandGroups(program: Program): readonly HelpGroup[] {
  return [...program.groups, { title: "Help", commands: builtInCommands(program) }];
}

/** Returns the commands in two columns, each group with its title at the left. */
function commandGrid(program: Program): readonly string[] {
  const groups = commandGroups(program);
  const rows = groups.flatMap(({ title, commands }) =>
    pairs(commands).map((pair, index) => ({ title: index === 0 ? title : "", pair }))
  );
  const column = (index: 0 | 1) => rows.map(({ pair }) => pair[index]?.name.length ?? 0);
  const titleWidth = Math.max(...groups.map(({ title }) => title.length)) + 2;
  const [left, right] = [Math.max(...column(0)), Math.max(...column(1))];
  const briefWidth = Math.max(...rows.map(({ pair: [{ brief }] }) => brief.length)) + 2;
  return rows.map(({ title, pair: [first, second] }) =>
    [
      title.padEnd(titleWidth),
      first.name.padEnd(left + 2),
      first.brief.padEnd(briefWidth),
      ...(second === undefined ? [] : [second.name.padEnd(right + 2), second.brief]),
    ].join("").trimEnd()
  );
}

function pairs<T>(all: readonly T[]): (readonly [T, T?])[] {
  return all.flatMap((each, index) => {
    const next = all[index + 1];
    return index % 2 === 1 ? [] : [next === undefined ? [each] as const : [each, next] as const];
  });
}

function usageLines(lines: readonly string[]): readonly string[] {
  return lines.map((line, index) => `${index === 0 ? "Usage:" : "      "} ${line}`);
}

function sectionLines(sections: readonly OptionSection[]): readonly string[] {
  return sections.flatMap(({ title, options }) => [
    "",
    `${title}:`,
    ...termLines(options.map((option) => [optionTerm(option), option.text])),
  ]);
}

function topicLines({ title, text = [], terms = [] }: Topic): readonly string[] {
  const paragraphs = text.flatMap((paragraph) => wrap(paragraph, "  "));
  return [`${title}:`, ...termLines(terms), ...paragraphs];
}

/** Returns the purpose and the command line in one line if all of them fit, else in two. */
function exampleLines(examples: readonly Example[]): readonly string[] {
  const width = Math.max(0, ...examples.map(({ purpose }) => purpose.length)) + 1;
  const lines = examples.map(({ purpose, command }) =>
    `  ${`${purpose}:`.padEnd(width)}  ${command}`
  );
  const fits = lines.every((line) => line.length <= WIDTH);
  const title = "Examples:";
  if (fits) return [title, ...lines];
  return [
    title,
    ...examples.flatMap(({ purpose, command }) => [`  ${purpose}:`, `    ${command}`]),
  ];
}

function termLines(terms: readonly Term[]): readonly string[] {
  const lengths = terms.map(([term]) => term.length).filter((length) => length <= MAX_TERM);
  const width = Math.max(0, ...lengths);
  return terms.flatMap(([term, meaning]) => {
    const [first = "", ...more] = wrap(meaning, " ".repeat(width + 4));
    if (term.length > width) return [`  ${term}`, first, ...more];
    return [`  ${term.padEnd(width)}${first.slice(width + 2)}`, ...more];
  });
}

function wrap(paragraph: string, indent = ""): readonly string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of paragraph.split(" ")) {
    if (line.length > indent.length && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = indent;
    }
    line += line.length > indent.length ? ` ${word}` : word;
  }
  return [...lines, line];
}
