/**
 * The help of a program and of each of its commands: grouped by purpose, with examples, for 80
 * columns. Pure; imports Optique.
 * @module
 */

import { type DocEntry, type DocSection, formatDocPage } from "@optique/core/doc";
import { type Message, text } from "@optique/core/message";
import { getDocPageSync } from "@optique/core/parser";
import type { CommandLine, Program } from "./command_line.ts";

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

/** The ways to write a command, each beginning with the program's name. */
export function synopses<Options>(
  program: Program<Options>,
  command: CommandLine<Options>,
): readonly string[] {
  const own = command.synopsis.map((rest) =>
    [program.name, command.name, rest].filter((part) => part !== "").join(" ")
  );
  const commands = command === program.main ? [`${program.name} COMMAND [OPTION]...`] : [];
  return [...own, ...commands];
}

/**
 * The options of a command by purpose; sections of the same title are one.
 * @internal because it speaks of a type of Optique
 */
export function sectionsOf<Options>(command: CommandLine<Options>): readonly DocSection[] {
  const page = getDocPageSync(command.parser());
  const sections = new Map<string, DocEntry[]>();
  for (const { title = "Options", entries } of page?.sections ?? []) {
    sections.set(title, [...sections.get(title) ?? [], ...entries]);
  }
  const help = entry("--help", "show this help");
  const more = command.name === ""
    ? [help, entry("--version", "show the version; with -v what is built in")]
    : [help];
  sections.set("Messages", [...sections.get("Messages") ?? [], ...more]);
  return [...sections].map(([title, entries]) => ({ title, entries }));
}

/**
 * The list of a program's commands, those that every program has included.
 * @internal because it speaks of a type of Optique
 */
export function commandSection<Options>(program: Program<Options>): DocSection {
  const builtIn = [
    { name: "help COMMAND", brief: "show the help of a command" },
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

function entry(name: `--${string}`, description: string): DocEntry {
  return { term: { type: "option", names: [name] }, description: plain(description) };
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
