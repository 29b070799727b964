/**
 * Options of `nanotrigger nodeset`, with the letters of ClusterShell's `nodeset`.
 * @module
 */

import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { multiple, optional } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { localOption } from "../args/local_option.ts";
import { UserError } from "../../base/errors.ts";
import { type Command, defineCommand, type OptionParser } from "../args/command.ts";
import type { WrittenOption } from "../args/split_arguments.ts";
import type { UnparsedSet } from "../args/target_options.ts";
import { count, nodeSet, text, value } from "../args/values.ts";

/** The output for a node set. */
export type NodesetAction =
  /** `web[1-3]` */
  | { readonly kind: "fold" }
  /** `web1 web2 web3`, with this separator between the names. */
  | { readonly kind: "expand"; readonly separator: string }
  /** `3` */
  | { readonly kind: "count" }
  /** `@rack[1-2],web7`: groups where they cover hosts completely. */
  | { readonly kind: "regroup" }
  /** The groups that contain any of the hosts, one per line; optionally with their hosts. */
  | { readonly kind: "groups"; readonly withHosts: boolean };

/** Whether the set is printed as a whole, or as one line per part. */
export type NodesetParts =
  | { readonly kind: "whole" }
  /** This number of parts of about equal size. */
  | { readonly kind: "split"; readonly parts: number }
  /** Parts without gaps in their numbers. */
  | { readonly kind: "contiguous" };

/** The effect of a set on the result so far. */
export type NodesetOperation = "or" | "and" | "xor" | "not";

/** One step of the arithmetic, from left to right. */
export interface NodesetStep {
  /** The operation. */
  readonly operation: NodesetOperation;
  /** The set. */
  readonly set: UnparsedSet;
}

/** The node sets and the output for them. */
export interface NodesetOptions {
  /** The output. */
  readonly action: NodesetAction;
  /** The parts to print. */
  readonly parts: NodesetParts;
  /** Whether to start with all hosts of all groups. */
  readonly all: boolean;
  /** The steps; empty if no set was given. */
  readonly steps: readonly NodesetStep[];
  /** The source of groups without a source. */
  readonly source: string | undefined;
  /** The sorted names to keep, counted from 0: `0-4,9`. */
  readonly slice: string | undefined;
  /** The number of names to pick at random. */
  readonly pick: number | undefined;
  /** The seed of the random selection. */
  readonly seed: string | undefined;
}

interface RawNodesetOptions {
  readonly print: {
    readonly fold: boolean;
    readonly expand: boolean;
    readonly count: boolean;
    readonly regroup: boolean;
    readonly list: readonly boolean[];
    readonly separator: string | undefined;
    readonly split: number | undefined;
    readonly contiguous: boolean;
  };
  readonly sets: {
    readonly all: boolean;
    readonly source: string | undefined;
  };
  readonly keep: Pick<NodesetOptions, "slice" | "pick" | "seed">;
}

/** The operations of the options that take a set. */
const OPERATIONS: Readonly<Record<string, NodesetOperation>> = {
  "-x": "not",
  "--exclude": "not",
  "-i": "and",
  "--intersection": "and",
  "-X": "xor",
  "--xor": "xor",
};

/** The command `nodeset`. */
export const nodesetCommand: Command<NodesetOptions> = defineCommand({
  name: "nodeset",
  brief: "compute with node sets",
  synopsis: ["-f | -e | -c | -r | -l  [SET]... [-x|-i|-X SET]..."],
  topics: [{
    title: "Sets",
    text: [
      "Options and sets apply from left to right. Several sets are united. A set can be - for names " +
      "on stdin (the default), or ^FILE for names in a file, separated by white space.",
    ],
  }],
  examples: [
    { command: "nanotrigger nodeset -f web1 web2 web3", purpose: "fold to web[1-3]" },
    { command: "nanotrigger nodeset -e -S '\\n' 'web[1-20/2]'", purpose: "one name per line" },
    { command: "nanotrigger nodeset -c 'web[1-20]' -x 'web[5-9]'", purpose: "count 15 names" },
    {
      command: "nanotrigger nodeset -f --split 3 'web[1-20]'",
      purpose: "split into three sets",
    },
  ],
  operandAccess: "read-names",
  parser: nodesetParser,
  interpret(raw, operands, { options: written }) {
    const action = nodesetAction(raw);
    const { all, source } = raw.sets;
    if (raw.keep.seed !== undefined && raw.keep.pick === undefined) {
      throw new UserError("--seed needs --pick", { hint: "add --pick N" });
    }
    const steps = nodesetSteps(operands, written);
    const needsSets = action.kind !== "groups" && !all;
    return {
      action,
      parts: nodesetParts(raw),
      all,
      steps: needsSets && operands.length === 0 ? [STDIN, ...steps] : steps,
      source,
      ...raw.keep,
    };
  },
});

/** The default set: standard input. */
const STDIN: NodesetStep = { operation: "or", set: { kind: "set", text: "-" } };

function nodesetParser(): OptionParser<RawNodesetOptions> {
  return object({
    print: group(
      "Output",
      object({
        fold: option("-f", "--fold", { description: message`print the folded set: web[1-3]` }),
        expand: option("-e", "--expand", { description: message`print every name` }),
        count: option("-c", "--count", { description: message`print the number of names` }),
        regroup: option("-r", "--regroup", {
          description: message`print groups where they fit: @rack[1-2],web7`,
        }),
        list: multiple(option("-l", "--list", {
          description: message`print groups with any of the names; -ll with hosts`,
        })),
        separator: optional(option("-S", "--separator", value("TEXT", unescapeSeparator), {
          description: message`print TEXT between names, with -e (default a space)`,
        })),
        split: optional(option("--split", count("N", { min: 1, max: 1_000_000 }), {
          description: message`print N parts of about equal size, one per line`,
        })),
        contiguous: option("--contiguous", {
          description: message`print parts without gaps, one per line`,
        }),
      }),
    ),
    sets: group(
      "Names",
      object({
        exclude: multiple(localOption(["-x", "--exclude"], nodeSet(), {
          description: message`remove these names`,
        })),
        intersection: multiple(localOption(["-i", "--intersection"], nodeSet(), {
          description: message`keep names that are also in SET`,
        })),
        xor: multiple(localOption(["-X", "--xor"], nodeSet(), {
          description: message`keep names in one of the sets, not in both`,
        })),
        all: option("-a", "--all", { description: message`start with the names of all groups` }),
        source: optional(option("-s", "--groupsource", text("SOURCE"), {
          description: message`look up groups in this source`,
        })),
      }),
    ),
    keep: group(
      "Selection",
      object({
        slice: optional(option("-I", "--slice", text("RANGES"), {
          description: message`keep names at these positions, from 0: 0-4,9`,
        })),
        pick: optional(option("--pick", count("N", { min: 1, max: 1_000_000 }), {
          description: message`pick N names at random`,
        })),
        seed: optional(option("--seed", text("SEED"), {
          description: message`repeat a random pick: same seed, same names`,
        })),
      }),
    ),
  });
}

function nodesetAction({ print }: RawNodesetOptions): NodesetAction {
  const { fold, expand, count, regroup, list, separator } = print;
  const actions: NodesetAction[] = [];
  if (fold) actions.push({ kind: "fold" });
  if (expand) actions.push({ kind: "expand", separator: separator ?? " " });
  if (count) actions.push({ kind: "count" });
  if (regroup) actions.push({ kind: "regroup" });
  if (list.length > 0) actions.push({ kind: "groups", withHosts: list.length > 1 });
  const [action, second] = actions;
  if (action === undefined || second !== undefined) {
    throw new UserError(
      action === undefined ? "no output option" : "more than one output option",
      { hint: "use one of -f, -e, -c, -r and -l" },
    );
  }
  if (separator !== undefined && action.kind !== "expand") {
    throw new UserError("-S needs -e", { hint: "add -e: -S separates expanded names" });
  }
  return action;
}

function nodesetParts({ print: { split, contiguous } }: RawNodesetOptions): NodesetParts {
  if (split !== undefined && contiguous) {
    throw new UserError("--split and --contiguous do not go together", {
      hint: "use --split for parts of equal size, --contiguous for parts without gaps",
    });
  }
  if (contiguous) return { kind: "contiguous" };
  return split === undefined ? { kind: "whole" } : { kind: "split", parts: split };
}

/** Returns the operands and operations in the order of the command line. */
function nodesetSteps(
  operands: readonly string[],
  written: readonly WrittenOption[],
): NodesetStep[] {
  const steps: NodesetStep[] = [];
  let taken = 0;
  const unite = (end: number) => {
    for (const text of operands.slice(taken, end)) {
      steps.push({ operation: "or", set: { kind: "set", text } });
    }
    taken = end;
  };
  for (const { name, value, operandsBefore } of written) {
    const operation = OPERATIONS[name];
    if (operation === undefined || value === undefined) continue;
    unite(operandsBefore);
    steps.push({ operation, set: { kind: "set", option: name, text: value } });
  }
  unite(operands.length);
  return steps;
}

/** Replaces `\n` and `\t`, because a newline is hard to write in a shell. */
function unescapeSeparator(input: string): string {
  return input.replaceAll("\\n", "\n").replaceAll("\\t", "\t");
}
