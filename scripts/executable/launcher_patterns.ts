/**
 * The words of a program's commands as patterns of `case` in `launcher.sh`: which options take a
 * value, and which values and operands name files or sockets of this machine.
 * @module
 */

import { builtInNames } from "../../lib/cli/args/built_in_commands.ts";
import { type CommandRules, pathRules } from "../../lib/cli/args/named_paths.ts";
import { commandWords, type Program } from "../../lib/cli/args/command.ts";

/** The word that stands for operands among the names of options. */
const OPERAND = "operand";

/** The patterns by the names under which `launcher.sh` asks for them. */
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

/** A pattern for any of these; for nothing at all if there are none. */
function alternatives(patterns: readonly string[]): string {
  return patterns.length === 0 ? "''" : patterns.join(" | ");
}

function quoted(name: string): string {
  return /^[a-z]+$/.test(name) ? name : `'${name}'`;
}

/** What a word is: the access that its value asks for, or `value`, `flag`. */
type Kind = string;

/** The lines of the `case` that finds the kind of a word: exceptions first, by the command's name. */
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

/** For each word, its kind in each command that has it. All commands have operands. */
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
