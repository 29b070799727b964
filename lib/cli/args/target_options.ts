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

/** The hosts that the target starts with. */
export type TargetBase =
  | { readonly kind: "all" }
  /** One host, by its exact name. */
  | { readonly kind: "host"; readonly name: string }
  /** The hosts in any of these sets. */
  | { readonly kind: "sets"; readonly sets: readonly UnparsedSet[] };

/** An expression for hosts that is not yet parsed, and its option. */
export interface UnparsedSet {
  /**
   * `set`: a node set such as `web[01-20],@db`, `-` for stdin, or `^FILE`. `groups`: names of
   * groups without their `@`.
   */
  readonly kind: "set" | "groups";
  /** The option for messages: `-w`; absent for an operand. */
  readonly option?: string;
  /** The text of the expression. */
  readonly text: string;
}

/** A random subset of the hosts. */
export interface LimitChoice {
  /** The size of the subset. */
  readonly share: HostShare;
  /** The seed of the selection. Without it, every selection differs. */
  readonly seed: string | undefined;
}

/** The target. */
export interface TargetChoice {
  /** The hosts that the target starts with. */
  readonly base: TargetBase;
  /** Node sets to exclude. */
  readonly exclude: readonly UnparsedSet[];
  /** Conditions on facts. A host must meet all of them. */
  readonly facts: readonly string[];
  /** An expression that a host must satisfy. */
  readonly select: string | undefined;
  /** The random subset of these hosts. */
  readonly limit: LimitChoice | undefined;
}

/** The target options before they are checked. */
export interface RawTargetOptions {
  /** The values of `-w`. */
  readonly sets: readonly string[];
  /** The values of `-g`. */
  readonly groups: readonly string[];
  /** The value of `--host`. */
  readonly host: string | undefined;
  /** Whether `-a` was given. */
  readonly all: boolean;
  /** The values of `-x`. */
  readonly exclude: readonly string[];
  /** The values of `-F`. */
  readonly facts: readonly string[];
  /** The value of `--select`. */
  readonly select: string | undefined;
  /** The value of `--limit`. */
  readonly limit: HostShare | undefined;
  /** The value of `--limit-seed`. */
  readonly limitSeed: string | undefined;
}

/** Parses the options that select hosts. */
export function targetOptions(): OptionParser<RawTargetOptions> {
  return group(
    "Target",
    object({
      sets: multiple(localOption(["-w", "--nodes"], nodeSet(), {
        description: message`select hosts: web[01-20], db1,db2, @group, ^FILE or -`,
      })),
      groups: multiple(option("-g", "--group", text("GROUP"), {
        description: message`select the hosts of a group: GROUP or SOURCE:GROUP`,
      })),
      host: optional(option("-h", "--host", hostNameOrAll(), {
        description: message`select one host by its exact name, or all`,
      })),
      all: option("-a", "--all", { description: message`select every host that has attached` }),
      exclude: multiple(localOption(["-x", "--exclude"], nodeSet(), {
        description: message`exclude these hosts`,
      })),
      facts: multiple(option("-F", "--fact", text("FACT=VALUE"), {
        description: message`keep hosts with this fact; also != =~ < <= > >=`,
      })),
      select: optional(option("--select", text("EXPR"), {
        description: message`keep hosts that match: 'os = linux and not @db'`,
      })),
      limit: optional(option("--limit", share(), {
        description: message`pick N hosts, or N%, at random`,
      })),
      limitSeed: optional(option("--limit-seed", text("SEED"), {
        description: message`repeat a random pick: same seed, same hosts`,
      })),
    }),
  );
}

/**
 * Converts parsed options to a {@linkcode TargetChoice}.
 * @throws {UserError} if no option, or more than one, selects hosts
 */
export function targetChoice(written: RawTargetOptions): TargetChoice {
  const { facts, select } = written;
  const exclude = unparsedSets("set", "-x", written.exclude);
  return { base: targetBase(written), exclude, facts, select, limit: limitChoice(written) };
}

/** Returns a target that consists of `base` only. */
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
    throw new UserError(`${first.option} and ${second.option} both select hosts`, {
      hint: second.option === "-a"
        ? `-a selects every host: remove ${first.option} or -a`
        : "write one set: -w 'web1,db[1-3]'",
    });
  }
  if (first !== undefined) return first.base;
  if (select !== undefined || facts.length > 0) return { kind: "all" };
  throw new UserError("no target", {
    hint: "add -w SET, -g GROUP, --host NAME, or -a for every host",
  });
}

/** Returns the base for `--host NAME` or `--host ALL`. */
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
  throw new UserError("--limit-seed needs --limit", { hint: "add --limit N or --limit N%" });
}
