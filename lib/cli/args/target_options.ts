/**
 * Options that select hosts: `-w`, `-g`, `-x`, `-F`, `--select` and others. Node sets and
 * expressions stay text here; `lib/nodeset` parses them.
 * @module
 */

import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { multiple, optional } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { localOption } from "./local_option.ts";
import { UserError } from "../../base/errors.ts";
import type { OptionParser } from "./command.ts";
import type { HostShare } from "../../trigger/targets/host_subset.ts";
import { hostNameOrAll, nodeSet, share, text } from "./values.ts";

/** The hosts to begin with. */
export type TargetBase =
  | { readonly kind: "all" }
  /** One host, compared exactly. */
  | { readonly kind: "host"; readonly name: string }
  /** The hosts in any of these. */
  | { readonly kind: "sets"; readonly sets: readonly UnparsedSet[] };

/** A text that stands for hosts, not yet parsed, and the option that it was given with. */
export interface UnparsedSet {
  /**
   * `set`: a node set such as `web[01-20],@db`, `-` for stdin, or `^FILE`. `groups`: names of groups
   * without their `@`.
   */
  readonly kind: "set" | "groups";
  /** The option, for messages: `-w`; absent for an operand. */
  readonly option?: string;
  /** What was written. */
  readonly text: string;
}

/** Some of the hosts, by chance. */
export interface LimitChoice {
  /** How many. */
  readonly share: HostShare;
  /** What the choice depends on; without it every choice is another. */
  readonly seed: string | undefined;
}

/** Which hosts are meant. */
export interface TargetChoice {
  /** The hosts to begin with. */
  readonly base: TargetBase;
  /** Node sets to leave out. */
  readonly exclude: readonly UnparsedSet[];
  /** Conditions on facts, all of which every host must meet. */
  readonly facts: readonly string[];
  /** An expression that every host must fulfil. */
  readonly select: string | undefined;
  /** How many of all these. */
  readonly limit: LimitChoice | undefined;
}

/** What was said of the target, before it is clear that it was said well. */
export interface RawTargetOptions {
  /** What `-w` said, each time. */
  readonly sets: readonly string[];
  /** What `-g` said, each time. */
  readonly groups: readonly string[];
  /** What `--host` said. */
  readonly host: string | undefined;
  /** Whether `-a` was given. */
  readonly all: boolean;
  /** What `-x` said, each time. */
  readonly exclude: readonly string[];
  /** What `-F` said, each time. */
  readonly facts: readonly string[];
  /** What `--select` said. */
  readonly select: string | undefined;
  /** What `--limit` said. */
  readonly limit: HostShare | undefined;
  /** What `--limit-seed` said. */
  readonly limitSeed: string | undefined;
}

/** The options that say which hosts are meant. */
export function targetOptions(): OptionParser<RawTargetOptions> {
  return group(
    "Which hosts",
    object({
      sets: multiple(localOption(["-w", "--nodes"], nodeSet(), {
        description: message`these hosts: web[01-20], db1,db2, @group; ^FILE or - reads names`,
      })),
      groups: multiple(option("-g", "--group", text("GROUP"), {
        description: message`the hosts of this group; SOURCE:GROUP asks another source`,
      })),
      host: optional(option("-h", "--host", hostNameOrAll(), {
        description: message`this one host, or all of them`,
      })),
      all: option("-a", "--all", { description: message`every host that has attached` }),
      exclude: multiple(localOption(["-x", "--exclude"], nodeSet(), {
        description: message`but not these`,
      })),
      facts: multiple(option("-F", "--fact", text("FACT=VALUE"), {
        description: message`only those with this fact; also != =~ < <= > >=`,
      })),
      select: optional(option("--select", text("EXPR"), {
        description: message`only those for which the expression is true: 'os = linux and not @db'`,
      })),
      limit: optional(option("--limit", share(), {
        description: message`only so many of all these, chosen by chance`,
      })),
      limitSeed: optional(option("--limit-seed", text("SEED"), {
        description: message`with --limit: the same seed chooses the same hosts`,
      })),
    }),
  );
}

/**
 * Makes a {@linkcode TargetChoice} of what was written.
 * @throws {UserError} if nothing says which hosts are meant, or two options say so
 */
export function targetChoice(written: RawTargetOptions): TargetChoice {
  const { facts, select } = written;
  const exclude = unparsedSets("set", "-x", written.exclude);
  return { base: targetBase(written), exclude, facts, select, limit: limitChoice(written) };
}

/** The target that is nothing but `base`. */
export function plainTarget(base: TargetBase): TargetChoice {
  return { base, exclude: [], facts: [], select: undefined, limit: undefined };
}

function targetBase(written: RawTargetOptions): TargetBase {
  const { sets, groups, host, all, facts, select } = written;
  const bases: { readonly option: string; readonly base: TargetBase }[] = [];
  if (sets.length + groups.length > 0) {
    bases.push({ option: sets.length > 0 ? "-w" : "-g", base: setsBase(written) });
  }
  if (host !== undefined) bases.push({ option: "--host", base: hostBase(host) });
  if (all) bases.push({ option: "-a", base: { kind: "all" } });
  const [first, second] = bases;
  if (first !== undefined && second !== undefined) {
    throw new UserError(`${first.option} and ${second.option} both say which hosts are meant`, {
      hint: second.option === "-a"
        ? `-a means every host: leave ${first.option} out, or leave -a out`
        : "put them into one set: -w 'web1,db[1-3]'",
    });
  }
  if (first !== undefined) return first.base;
  if (select !== undefined || facts.length > 0) return { kind: "all" };
  throw new UserError("nothing says which hosts are meant", {
    hint: "give -w SET, -g GROUP, --host NAME or, for every host, -a",
  });
}

/** The base that `--host NAME` or `--host ALL` stands for. */
export function hostBase(name: string): TargetBase {
  return name === "ALL" ? { kind: "all" } : { kind: "host", name };
}

function setsBase({ sets, groups }: RawTargetOptions): TargetBase {
  if (groups.length === 0 && sets.every((text) => text === "ALL")) return { kind: "all" };
  return {
    kind: "sets",
    sets: [...unparsedSets("set", "-w", sets), ...unparsedSets("groups", "-g", groups)],
  };
}

function unparsedSets(
  kind: UnparsedSet["kind"],
  option: string,
  texts: readonly string[],
): UnparsedSet[] {
  return texts.map((text) => ({ kind, option, text }));
}

function limitChoice({ limit, limitSeed: seed }: RawTargetOptions): LimitChoice | undefined {
  if (limit !== undefined) return { share: limit, seed };
  if (seed === undefined) return undefined;
  throw new UserError("--limit-seed is only for --limit", {
    hint: "--limit N or --limit N% says how many hosts are chosen",
  });
}
