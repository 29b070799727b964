/**
 * The access to this machine's files and sockets that a word of the command line asks for. A value
 * that names one says so, and the permissions of the program follow from it.
 * @module
 */

import { option } from "@optique/core/primitives";
import type { OptionName, Usage, UsageTerm } from "@optique/core/usage";
import type { Message } from "@optique/core/message";
import type { OptionParser } from "./command.ts";
import type { Value } from "./values.ts";

/** What a program does with the file or the socket that a word names. */
export type Access =
  /** Reads a file, or what is below a folder. */
  | "read"
  /** Reads a file and looks at its folder, whose owner and mode matter; a key is no file. */
  | "read-with-folder"
  /** Reads the file behind `^`; other words are node sets. */
  | "read-names"
  /** Reads the file behind `NAME=@`. */
  | "read-secret"
  /** Reads and writes below a folder. */
  | "write"
  /** Makes a file, and its folder if that is missing. */
  | "create"
  /** Dials the unix socket behind `ipc://`, or listens on it. */
  | "socket";

/** A value that names something on this machine. An option takes it by {@linkcode localOption}. */
export interface LocalValue<T> {
  /**
   * The parser of the value.
   * @internal because it is of a type of Optique
   */
  readonly parser: Value<T>;
  /** What is done with what it names. */
  readonly access: Access;
}

/** An option whose value names something on this machine. */
export function localOption<T>(
  [first, second]: readonly [OptionName, OptionName?],
  { parser, access }: LocalValue<T>,
  { description }: { readonly description: Message },
): OptionParser<T> {
  const made = second === undefined
    ? option(first, parser, { description })
    : option(first, second, parser, { description });
  // The usage is all that can be read of the parsers around this one.
  for (const term of made.usage) Object.assign(term, { access } satisfies AccessTerm);
  return made;
}

interface AccessTerm {
  readonly access: Access;
}

/**
 * The access of each option in a parser's usage that has one, by its names.
 * @internal because it speaks of a type of Optique
 */
export function optionAccess(usage: Usage): ReadonlyMap<string, Access> {
  const found = new Map<string, Access>();
  const visit = (term: UsageTerm & Partial<AccessTerm>): void => {
    if (term.type === "option" && term.access !== undefined) {
      for (const name of term.names) found.set(name, term.access);
    } else if (term.type === "optional" || term.type === "multiple") term.terms.forEach(visit);
  };
  usage.forEach(visit);
  return found;
}
