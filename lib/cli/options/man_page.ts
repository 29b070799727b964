/**
 * A man page made of the same words as the help, in the man(7) macros. Pure; imports Optique.
 * @module
 */

import type { DocEntry } from "@optique/core/doc";
import { formatMessage } from "@optique/core/message";
import { formatUsageTerm } from "@optique/core/usage";
import type { CommandLine, Program } from "./command_line.ts";
import { sectionsOf, synopses } from "./help.ts";

/** The man page of a program, section 1, with all of its commands. */
export function manPage<Options>(program: Program<Options>): string {
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

function commandLines<Options>(
  program: Program<Options>,
  command: CommandLine<Options>,
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

/** Text as roff: what it would take for a request or an escape is taken for itself. */
function roff(text: string): string {
  const escaped = text.replaceAll("\\", "\\e").replaceAll("-", "\\-");
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}
