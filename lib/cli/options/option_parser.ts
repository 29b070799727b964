/**
 * Options, each described once: for reading a command line, for the help and for completion. Small
 * parsers make of single options the type of what a command takes:
 *
 *     const parser = group("How it runs", {
 *       user: single("-l, --login", userName(), "run it as this user"),
 *       quiet: flag("-q, --quiet", "say less"),
 *     }); // OptionParser<{ user: string | undefined; quiet: boolean }>
 *
 * Optique could read command lines, too, but that takes a third of the time in which a command is to
 * be started. Pure; imports `lib/cli`.
 * @module
 */

import { UserError } from "../errors.ts";
import type { Value } from "./values.ts";

/** An option as it was written. */
export interface WrittenOption {
  /** With its dashes. */
  readonly name: string;
  /** Absent for a flag. */
  readonly value?: string;
}

/** An option as help and completion show it. */
export interface OptionEntry {
  /** Its names with their dashes, short ones first. */
  readonly names: readonly string[];
  /** What it takes; absent for a flag. */
  readonly value: Value<unknown> | undefined;
  /** What it does: a phrase. */
  readonly description: string;
  /** The title that it stands under in the help. */
  readonly title: string;
}

/** Options, and what becomes of them. */
export interface OptionParser<T> {
  /** The options, in the order of the help. */
  readonly entries: readonly OptionEntry[];
  /**
   * Reads the options that were written; those that are not in `entries` are ignored.
   * @throws {UserError} if a value is wrong, or an option given twice that makes sense only once
   */
  read(written: readonly WrittenOption[]): T;
}

/** An option without a value; false if it is not given. `names` are as in `"-a, --all"`. */
export function flag(names: string, description: string): OptionParser<boolean> {
  const entry = entryOf(names, undefined, description);
  return { entries: [entry], read: (written) => atMostOnce(entry, written) !== undefined };
}

/** An option without a value that says more the more often it is given: how often. */
export function repeatedFlag(names: string, description: string): OptionParser<number> {
  const entry = entryOf(names, undefined, description);
  return { entries: [entry], read: (written) => given(entry, written).length };
}

/** An option with a value; `undefined` if it is not given. */
export function single<T>(
  names: string,
  value: Value<T>,
  description: string,
): OptionParser<T | undefined> {
  const entry = entryOf(names, value, description);
  return {
    entries: [entry],
    read(written) {
      const found = atMostOnce(entry, written);
      return found && readValue(found, value, entry);
    },
  };
}

/** An option that may be given several times: its values in their order. */
export function repeated<T>(
  names: string,
  value: Value<T>,
  description: string,
): OptionParser<readonly T[]> {
  const entry = entryOf(names, value, description);
  return {
    entries: [entry],
    read: (written) => given(entry, written).map((option) => readValue(option, value, entry)),
  };
}

/** Parsers for the properties of `T`. */
export type ParserOfEach<T> = { readonly [Name in keyof T]: OptionParser<T[Name]> };

/** Puts parsers together into one. */
export function together<T>(parsers: ParserOfEach<T>): OptionParser<T> {
  const each = Object.entries<OptionParser<unknown>>(parsers);
  return {
    entries: each.flatMap(([, parser]) => parser.entries),
    // The properties are those of `parsers`, and so those of T.
    read: (written) =>
      Object.fromEntries(each.map(([name, parser]) => [name, parser.read(written)])) as T,
  };
}

/** Puts parsers together under a title of the help. */
export function group<T>(title: string, parsers: ParserOfEach<T>): OptionParser<T> {
  const parser = together(parsers);
  return { ...parser, entries: parser.entries.map((entry) => ({ ...entry, title })) };
}

/** Makes something else of what a parser reads; `change` may throw a {@linkcode UserError}. */
export function mapped<T, U>(parser: OptionParser<T>, change: (read: T) => U): OptionParser<U> {
  return { entries: parser.entries, read: (written) => change(parser.read(written)) };
}

function entryOf(
  names: string,
  value: Value<unknown> | undefined,
  description: string,
): OptionEntry {
  return { names: names.split(", "), value, description, title: "Options" };
}

function given({ names }: OptionEntry, written: readonly WrittenOption[]): WrittenOption[] {
  return written.filter(({ name }) => names.includes(name));
}

function atMostOnce(
  entry: OptionEntry,
  written: readonly WrittenOption[],
): WrittenOption | undefined {
  const [first, second] = given(entry, written);
  if (second !== undefined) throw new UserError(`${second.name} is given twice`);
  return first;
}

function readValue<T>(option: WrittenOption, value: Value<T>, { names }: OptionEntry): T {
  try {
    return value.read(option.value ?? "");
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof RangeError)) throw cause;
    throw new UserError(`${names.join("/")}: ${cause.message}`, { cause });
  }
}
