/**
 * Options whose values name files or sockets of this machine, and the access that each of them asks
 * for.
 * @module
 */

import type { Message } from "@optique/core/message";
import { option } from "@optique/core/primitives";
import type { OptionName, Usage, UsageTerm } from "@optique/core/usage";
import type { Access, LocalValue } from "./access.ts";
import type { OptionParser } from "./command.ts";

/**
 * An option whose value names something on this machine.
 * @internal because it speaks of types of Optique
 */
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
