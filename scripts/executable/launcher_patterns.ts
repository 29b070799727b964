/**
 * Patterns of `case` in `launcher.sh` for the words of a program's commands: options with a value,
 * and values and operands that name files or sockets of this machine.
 * @module
 */

import { builtInNames } from "../../lib/cli/args/built_in_commands.ts";
import { type CommandRules, pathRules } from "../../lib/cli/args/named_paths.ts";
import { commandWords, type Program } from "../../lib/cli/args/command.ts";

/** The name of operands among the names of options. */
const OPERAND = "operand";

/** Returns the patterns by their placeholders in `launcher.sh`. */
export function commandPatterns(program: Program): Readonly<Record<string, string>> {
  const rules = pathRules(program);
  const words = rules.map(commandWords);
  return {
    BUILT_IN_COMMANDS: alternatives(builtInNames),
    COMMANDS: alternatives(words.filter(({ length }) => length === 1).map(([word = ""]) => word)),
    LONG_COMMANDS: alternatives(
      words.filter(({ length }) => length === 2).map((pair) => pair.join(":")),
    ),
    SHELL_COMMANDS: alternatives(
      rules.filter((each) => each.startsLocalShell).map(({ name }) => `no:${quoted(name)}`),
    ),
    STOP_COMMANDS: alternatives(
      rules.filter((each) => each.stopAtOperand).map(({ name }) => quoted(name)),
    ),
    KINDS: kindLines(rules).join("\n    "),
  };
}

/** Returns a pattern for any of these; it matches nothing if there are none. */
function alternatives(patterns: readonly string[]): string {
  return patterns.length === 0 ? "''" : patterns.join(" | ");
}

function quoted(name: string): string {
  return /^[a-z]+$/.test(name) ? name : `'${name}'`;
}

/** The kind of a word: the access that its value needs, or `value`, or `flag`. */
type Kind = string;

/** Returns the lines of the `case` for the kind of a word, with exceptions by command first. */
function kindLines(rules: readonly CommandRules[]): readonly string[] {
  const [exceptions, usual] = [new Map<Kind, string[]>(), new Map<Kind, string[]>()];
  for (const [word, kinds] of kindsByWord(rules)) {
    const most = mostFrequent([...kinds.values()]);
    if (most !== "flag") add(usual, most, `*:${word}`);
    for (const [name, kind] of kinds) {
      if (kind !== most) add(exceptions, kind, `${quoted(name)}:${word}`);
    }
  }
  return [...exceptions, ...usual].map(([kind, patterns]) =>
    `${alternatives(patterns)}) kind=${kind} ;;`
  );
}

/** Returns the kind of each word in each command. All commands have operands. */
function kindsByWord(rules: readonly CommandRules[]): Map<string, Map<string, Kind>> {
  const found = new Map<string, Map<string, Kind>>();
  for (const { name, table, access, operands } of rules) {
    const put = (word: string, kind: Kind) => {
      found.set(word, (found.get(word) ?? new Map()).set(name, kind));
    };
    for (const [option, metavar] of table) {
      put(option, access.get(option) ?? (metavar === undefined ? "flag" : "value"));
    }
    put(OPERAND, operands ?? "flag");
  }
  return found;
}

function mostFrequent(kinds: readonly Kind[]): Kind {
  const count = (kind: Kind) => kinds.filter((each) => each === kind).length;
  return kinds.reduce((most, kind) => count(kind) > count(most) ? kind : most);
}

function add(lines: Map<Kind, string[]>, kind: Kind, pattern: string): void {
  lines.set(kind, [...lines.get(kind) ?? [], pattern]);
}
