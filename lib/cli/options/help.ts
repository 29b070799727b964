/**
 * The help of a program and of each of its commands: grouped by purpose, with examples, for 80
 * columns. Pure; imports Optique.
 * @module
 */

import { type DocEntry, type DocSection, formatDocPage } from "@optique/core/doc";
import { type Message, text } from "@optique/core/message";
import { type CommandLine, type Program, synopses } from "./command_line.ts";

const WIDTH = 80;
const TERM_WIDTH = 28;

/** The help text of `command`, which may be the program without a command. */
export function helpText<Options>(
  program: Program<Options>,
  command: CommandLine<Options>,
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

/**
 * The options of a command by purpose; sections of the same title are one.
 * @internal because it speaks of a type of Optique
 */
export function sectionsOf<Options>(command: CommandLine<Options>): readonly DocSection[] {
  const asking = [
    entry(["--help"], "show this help"),
    ...(command.name === ""
      ? [entry(["--version"], "show the version; with -v what is built in")]
      : []),
  ];
  const sections = new Map<string, DocEntry[]>();
  for (const { title, names, description, value } of command.parser().entries) {
    sections.set(title, [...sections.get(title) ?? [], entry(names, description, value?.metavar)]);
  }
  sections.set("Messages", [...sections.get("Messages") ?? [], ...asking]);
  return [...sections].map(([title, entries]) => ({ title, entries }));
}

/**
 * The list of a program's commands, those that every program has included.
 * @internal because it speaks of a type of Optique
 */
export function commandSection<Options>(program: Program<Options>): DocSection {
  const builtIn = [
    { name: "completion SHELL", brief: "print a completion script for bash, zsh or fish" },
    { name: "man", brief: "print the man page" },
  ];
  return {
    title: "Commands",
    entries: [...program.commands, ...builtIn].map(({ name, brief }) => ({
      term: { type: "command", name },
      description: plain(brief),
    })),
  };
}

function entry(names: readonly string[], description: string, metavar?: string): DocEntry {
  const term = { type: "option", names, ...(metavar !== undefined && { metavar }) };
  // Optique says of names that they begin with a dash, and of metavars that they are not empty.
  return { term: term as DocEntry["term"], description: plain(description) };
}

function synopsisLines<Options>(
  program: Program<Options>,
  command: CommandLine<Options>,
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
