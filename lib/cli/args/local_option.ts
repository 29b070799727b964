/**
 * Options whose values name local files or sockets, with the access that each of them needs.
 * @module
 */

import type { Message } from "@optique/core/message";
import { option } from "@optique/core/primitives";
import type { OptionName, Usage, UsageTerm } from "@optique/core/usage";
import type { Access, LocalValue } from "./access.ts";
import type { OptionParser } from "./command.ts";

/**
 * Creates an option whose value names a local file or socket.
 * @internal because its signature has types of Optique
 */
export function localOption<T>(
  [first, second]: readonly [OptionName, OptionName?],
  { parser, access }: LocalValue<T>,
  { description }: { readonly description: Message },
): OptionParser<T> {
  const made = second === undefined
    ? option(first, parser, { description })
    : option(first, second, parser, { description });
  // Enclosing parsers expose nothing but the usage, so the access is stored there.
  for (const term of made.usage) Object.assign(term, { access } satisfies AccessTerm);
  return made;
}

interface AccessTerm {
  readonly access: Access;
}

/**
 * Returns the access of the options in a parser's usage, by option name.
 * @internal because its signature has a type of Optique
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
