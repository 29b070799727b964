/**
 * Parses facts from lines `NAME=VALUE`. Empty lines and lines that begin with `#` are ignored.
 * @module
 */
import { FACT_NAME } from "../../envelope/statements/body_fields.ts";

/** What lines say, and what is wrong with those that were left out. */
export interface FactLines {
  /** The facts; the last line of a name counts. */
  readonly facts: Readonly<Record<string, string>>;
  /** A phrase for each line that is none. */
  readonly problems: readonly string[];
}

const MAX_VALUE_BYTES = 1_024;

/** Reads lines of facts. */
export function parseFactLines(text: string): FactLines {
  const facts: Record<string, string> = {};
  const problems: string[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const content = line.trim();
    if (content === "" || content.startsWith("#")) continue;
    const [name, value] = splitLine(content);
    const problem = problemOf(name, value);
    if (problem === undefined) facts[name] = value;
    else problems.push(`line ${index + 1}: ${problem}`);
  }
  return { facts, problems };
}

function splitLine(line: string): readonly [name: string, value: string] {
  const equals = line.indexOf("=");
  return equals < 0 ? [line, ""] : [line.slice(0, equals).trim(), line.slice(equals + 1).trim()];
}

function problemOf(name: string, value: string): string | undefined {
  if (!FACT_NAME.test(name)) return "not NAME=VALUE";
  if (value === "") return "there is no value";
  if (new TextEncoder().encode(value).length > MAX_VALUE_BYTES) return "the value is too long";
  if (/\p{Cc}/u.test(value) || !value.isWellFormed()) return "the value is not plain text";
  return undefined;
}
