/**
 * The help of a program and of each command, for 80 columns, and the man page in the man(7) macros.
 * Both use the same description of commands.
 * @module
 */
import { type DocEntry, type DocSection, formatDocPage } from "@optique/core/doc";
import { formatMessage, type Message, text } from "@optique/core/message";
import { getDocPageSync } from "@optique/core/parser";
import { formatUsageTerm } from "@optique/core/usage";
import { builtInCommands, builtInOptions } from "./built_in_commands.ts";
import type { Command, Program, RegisteredCommand } from "./command.ts";

const WIDTH = 80;
const TERM_WIDTH = 28;

/** Returns the help text of `command`, which may be the program without a command. */
export function helpText(
  program: Program,
  command: RegisteredCommand,
): string {
  const isMain = command === program.main;
  const name = isMain ? program.name : `${program.name} ${command.name}`;
  const sections = isMain ? [commandSection(program), ...sectionsOf(command)] : sectionsOf(command);
  return [
    ...synopsisLines(program, command),
    "",
    ...wrap(`${capitalized(command.brief)}.`, ""),
    "",
    ...optionLines(name, sections),
    "",
    "Examples:",
    ...command.examples.flatMap(({ command, purpose }) => [`  # ${purpose}`, `  ${command}`]),
    ...(command.notes ?? []).flatMap((note) => ["", ...wrap(note, "")]),
  ].join("\n") + "\n";
}

/** Returns the synopses of a command, each beginning with the program's name. */
export function synopses(
  program: Program,
  command: RegisteredCommand,
): readonly string[] {
  const own = command.synopsis.map((rest) =>
    [program.name, command.name, rest].filter((part) => part !== "").join(" ")
  );
  const commands = command === program.main ? [`${program.name} COMMAND [OPTION]...`] : [];
  return [...own, ...commands];
}

/**
 * Returns the options of a command by purpose. Merges sections with the same title.
 * @internal because its signature has a type of Optique
 */
export function sectionsOf(command: Command<unknown>): readonly DocSection[] {
  const page = getDocPageSync(command.parser());
  const sections = new Map<string, DocEntry[]>();
  for (const { title = "Options", entries } of page?.sections ?? []) {
    sections.set(title, [...sections.get(title) ?? [], ...entries]);
  }
  const more = builtInOptions(command).map(({ name, brief }) => entry(name, brief));
  sections.set("Messages", [...sections.get("Messages") ?? [], ...more]);
  return [...sections].map(([title, entries]) => ({ title, entries }));
}

/**
 * Returns the list of a program's commands, including the built-in ones.
 * @internal because its signature has a type of Optique
 */
export function commandSection(program: Program): DocSection {
  const builtIn = builtInCommands.map(({ name, operand, brief }) => ({
    name: operand === undefined ? name : `${name} ${operand}`,
    brief,
  }));
  return {
    title: "Commands",
    entries: [...program.commands, ...builtIn].map(({ name, brief }) => ({
      term: { type: "command", name },
      description: plain(brief),
    })),
  };
}

function entry(name: `--${string}`, description: string): DocEntry {
  return { term: { type: "option", names: [name] }, description: plain(description) };
}

function synopsisLines(
  program: Program,
  command: RegisteredCommand,
): readonly string[] {
  return synopses(program, command).map((line, index) =>
    `${index === 0 ? "Usage:" : "      "} ${line}`
  );
}

function optionLines(name: string, sections: readonly DocSection[]): readonly string[] {
  const formatted = formatDocPage(name, { sections }, {
    showUsage: false,
    maxWidth: WIDTH,
    termWidth: TERM_WIDTH,
    sectionOrder: () => 0,
  });
  return formatted.trim().split("\n").map((line) => line.trimEnd());
}

function wrap(paragraph: string, indent: string): readonly string[] {
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

function capitalized(phrase: string): string {
  return phrase.charAt(0).toUpperCase() + phrase.slice(1);
}

function plain(words: string): Message {
  return [text(words)];
}

/** Returns the man page of a program, section 1, with all its commands. */
export function manPage(program: Program): string {
  const commands = [program.main, ...program.commands];
  return [
    `.TH ${program.name.toUpperCase()} 1`,
    ".SH NAME",
    roff(`${program.name} - ${program.main.brief}`),
    ".SH SYNOPSIS",
    ...commands.flatMap((command) => synopses(program, command)).flatMap((
      line,
    ) => [".br", roff(line)]),
    ...commands.flatMap((command) => commandLines(program, command)),
    "",
  ].join("\n");
}

function commandLines(
  program: Program,
  command: RegisteredCommand,
): readonly string[] {
  const title = command === program.main ? "OPTIONS" : command.name.toUpperCase();
  return [
    `.SH ${title}`,
    roff(command.brief.charAt(0).toUpperCase() + command.brief.slice(1) + "."),
    ...sectionsOf(command).flatMap((section) => [
      `.SS ${section.title ?? "Options"}`,
      ...section.entries.flatMap(entryLines),
    ]),
    ".SS Examples",
    ...command.examples.flatMap(({ command, purpose }) => [".TP", roff(command), roff(purpose)]),
    ...(command.notes ?? []).flatMap((note) => [".PP", roff(note)]),
  ];
}

function entryLines(entry: DocEntry): readonly string[] {
  const term = formatUsageTerm(entry.term, { optionsSeparator: ", " });
  const description = formatMessage(entry.description ?? [], { colors: false, quotes: false });
  return [".TP", `.B ${roff(term)}`, roff(description)];
}

/** Escapes text for roff, so that no part of it is read as a request or an escape. */
function roff(text: string): string {
  const escaped = text.replaceAll("\\", "\\e").replaceAll("-", "\\-");
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}
