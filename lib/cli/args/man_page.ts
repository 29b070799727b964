/**
 * Manual pages in the macros of man(7): an overview of a program, and one page per command. They say
 * what the help says.
 * @module
 */
import { VERSION } from "../process/build_info.ts";
import type { Command, Program, Term, Topic } from "./command.ts";
import { capitalized, commandGroups, exitTopic, optionTerm, sectionsOf, synopses } from "./help.ts";

/** Returns the manual page of `command`, section 1. The program without a command is the overview. */
export function manPage(program: Program, command: Command<unknown>): string {
  const isOverview = command === program.main;
  const sections = sectionsOf(command);
  return [
    `.TH ${roff(pageName(program, command).toUpperCase())} 1 "" "${program.name} ${VERSION}"`,
    ".SH NAME",
    `${roff(pageName(program, command))} \\- ${roff(command.brief)}`,
    ".SH SYNOPSIS",
    ".nf",
    ...synopses(program, command).map(roffLine),
    ".fi",
    ".SH DESCRIPTION",
    roffLine(isOverview ? program.about : `${capitalized(command.brief)}.`),
    ...(isOverview ? commandLines(program) : []),
    ...(command.topics ?? []).flatMap((topic) => subsection(topic)),
    ".SH OPTIONS",
    ...sections.flatMap(({ title, options }) => [
      ...(sections.length > 1 ? [`.SS ${roff(title)}`] : []),
      ...termLines(options.map((option) => [optionTerm(option), option.text])),
    ]),
    ".SH EXAMPLES",
    ...[...isOverview ? program.examples : [], ...command.examples]
      .flatMap(({ command, purpose }) => [
        ".PP",
        roffLine(`${capitalized(purpose)}:`),
        ".PP",
        ".RS 4",
        ".nf",
        roffLine(command),
        ".fi",
        ".RE",
      ]),
    ".SH EXIT STATUS",
    ...topicLines(exitTopic(command)),
    ".SH FILES",
    ...termLines(program.files),
    ".SH ENVIRONMENT",
    ...termLines(program.environment),
    ".SH SEE ALSO",
    seeAlso(program, command),
    "",
  ].join("\n");
}

/** Returns the name of a page, as git names its pages: `nanotrigger-hosts-forget`. */
function pageName(program: Program, { name }: { readonly name: string }): string {
  return [program.name, ...name.split(" ")].filter((word) => word !== "").join("-");
}

function commandLines(program: Program): readonly string[] {
  return commandGroups(program).flatMap(({ title, commands }) => [
    `.SS ${roff(title)}`,
    ...termLines(
      commands.map((command) =>
        [`${pageName(program, command)}(1)`, `${capitalized(command.brief)}.`] as const
      ),
    ),
  ]);
}

function subsection(topic: Topic): readonly string[] {
  return [`.SS ${roff(topic.title)}`, ...topicLines(topic)];
}

function topicLines({ text = [], terms = [] }: Topic): readonly string[] {
  return [...termLines(terms), ...text.flatMap((paragraph) => [".PP", roffLine(paragraph)])];
}

function termLines(terms: readonly Term[]): readonly string[] {
  return terms.flatMap(([term, meaning]) => [".TP", `.B ${roff(term)}`, roffLine(meaning)]);
}

function seeAlso(program: Program, command: Command<unknown>): string {
  const others =
    program.groups.find(({ commands }) => commands.some(({ name }) => name === command.name))
      ?.commands ?? program.commands;
  const pages = [program.main, ...others].filter(({ name }) => name !== command.name)
    .map((each) => `${pageName(program, each)}(1)`);
  const sibling = program.name === "nanoexec" ? "nanotrigger(1)" : "nanoexec(1)";
  return roffLine([...pages, sibling].join(", "));
}

function roffLine(text: string): string {
  const escaped = roff(text);
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}

/** Escapes text for roff: no part of it is an escape, and quotes and dashes stay ASCII. */
function roff(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("'", "\\(aq")
    .replaceAll("`", "\\(ga").replaceAll("^", "\\(ha").replaceAll("~", "\\(ti")
    .replaceAll('"', "\\(dq");
}
