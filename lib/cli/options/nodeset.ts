/**
 * `nanotrigger nodeset`: arithmetic with node sets, with the letters of ClusterShell's `nodeset`.
 * Imports `lib/cli` and Optique.
 * @module
 */

import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { UserError } from "../errors.ts";
import { type CommandLine, commandLine, type OptionParser } from "./command_line.ts";
import { count, value } from "./values.ts";

/** What to print of a node set. */
export type NodesetAction =
  /** `web[1-3]` */
  | { readonly kind: "fold" }
  /** `web1 web2 web3`, with this between the names. */
  | { readonly kind: "expand"; readonly separator: string }
  /** `3` */
  | { readonly kind: "count" }
  /** Folded parts, one per line, of about equal size. */
  | { readonly kind: "split"; readonly parts: number };

/** What to do with which node sets. */
export interface NodesetOptions {
  /** Tells it from the other things that the program can be told to do. */
  readonly kind: "nodeset";
  /** What to print. */
  readonly action: NodesetAction;
  /** The sets, not yet parsed; `-` stands for stdin. Never empty. */
  readonly sets: readonly string[];
}

interface RawNodesetOptions {
  readonly fold: boolean;
  readonly expand: boolean;
  readonly count: boolean;
  readonly split: number | undefined;
  readonly separator: string | undefined;
}

/** The command `nodeset`. */
export const nodesetCommand: CommandLine<NodesetOptions> = commandLine({
  name: "nodeset",
  brief: "fold, expand, count and split node sets",
  synopsis: ["-f | -e | -c | --split N  SET..."],
  notes: ["Several sets are united. A set may be - for names on stdin, separated by white space."],
  examples: [
    { command: "nanotrigger nodeset -f web1 web2 web3", purpose: "prints web[1-3]" },
    { command: "nanotrigger nodeset -e -S '\\n' 'web[1-20/2]'", purpose: "one name per line" },
    { command: "nanotrigger nodeset -c 'web[1-20]!web[5-9]'", purpose: "prints 15" },
  ],
  parser: nodesetParser,
  interpret(raw, operands) {
    const action = nodesetAction(raw);
    if (operands.length === 0) {
      throw new UserError("there is no node set", { hint: "name one, or - for stdin" });
    }
    return { kind: "nodeset", action, sets: operands };
  },
});

function nodesetParser(): OptionParser<RawNodesetOptions> {
  return group(
    "Options",
    object({
      fold: option("-f", "--fold", { description: message`print the set folded: web[1-3]` }),
      expand: option("-e", "--expand", { description: message`print every name` }),
      count: option("-c", "--count", { description: message`print how many there are` }),
      split: optional(option("--split", count("N", { min: 1, max: 1_000_000 }), {
        description: message`print N parts of about equal size, one per line`,
      })),
      separator: optional(option("-S", "--separator", value("TEXT", unescapeSeparator), {
        description: message`with -e: what to print between names (default: a space)`,
      })),
    }),
  );
}

function nodesetAction(raw: RawNodesetOptions): NodesetAction {
  const actions: NodesetAction[] = [];
  if (raw.fold) actions.push({ kind: "fold" });
  if (raw.expand) actions.push({ kind: "expand", separator: raw.separator ?? " " });
  if (raw.count) actions.push({ kind: "count" });
  if (raw.split !== undefined) actions.push({ kind: "split", parts: raw.split });
  const [action, second] = actions;
  if (action === undefined || second !== undefined) {
    throw new UserError(
      action === undefined ? "nothing says what to print" : "only one thing can be printed",
      { hint: "choose one of -f, -e, -c and --split N" },
    );
  }
  if (raw.separator !== undefined && action.kind !== "expand") {
    throw new UserError("-S is what stands between expanded names", { hint: "add -e" });
  }
  return action;
}

/** Shells make it hard to write a newline: `\n` and `\t` stand for them. */
function unescapeSeparator(input: string): string {
  return input.replaceAll("\\n", "\n").replaceAll("\\t", "\t");
}
