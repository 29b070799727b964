/**
 * Options that say which hosts are meant. What a node set or an expression means is the business
 * of `lib/nodeset`; here they are text. Imports `lib/cli` and Optique.
 * @module
 */

import { group, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { multiple, optional } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { UserError } from "../errors.ts";
import type { OptionParser } from "./command_line.ts";
import { hostNameOrAll, text } from "./values.ts";

/** The hosts to begin with. */
export type TargetBase =
  | { readonly kind: "all" }
  /** One host, compared exactly. */
  | { readonly kind: "host"; readonly name: string }
  /** A node set such as `web[01-20],@db`, not yet parsed. */
  | { readonly kind: "set"; readonly expression: string };

/** Which hosts are meant. */
export interface TargetChoice {
  /** The hosts to begin with. */
  readonly base: TargetBase;
  /** A node set to leave out. */
  readonly exclude: string | undefined;
  /** An expression that every host must fulfil. */
  readonly select: string | undefined;
}

/** What was said of the target, before it is clear that it was said well. */
export interface WrittenTarget {
  /** What `-w` said, each time. */
  readonly sets: readonly string[];
  /** What `--host` said. */
  readonly host: string | undefined;
  /** Whether `-a` was given. */
  readonly all: boolean;
  /** What `-x` said, each time. */
  readonly exclude: readonly string[];
  /** What `--select` said. */
  readonly select: string | undefined;
}

/** `-w`, `-h`, `-a`, `-x` and `--select`. */
export function targetOptions(): OptionParser<WrittenTarget> {
  return group(
    "Which hosts",
    object({
      sets: multiple(option("-w", "--nodes", text("SET"), {
        description: message`these hosts: web[01-20], db1,db2, @group; - reads them from stdin`,
      })),
      host: optional(option("-h", "--host", hostNameOrAll(), {
        description: message`this one host, or all of them`,
      })),
      all: option("-a", "--all", { description: message`every host that has attached` }),
      exclude: multiple(option("-x", "--exclude", text("SET"), {
        description: message`but not these`,
      })),
      select: optional(option("--select", text("EXPR"), {
        description: message`only those for which the expression is true: 'os = linux and not @db'`,
      })),
    }),
  );
}

/**
 * Makes a {@linkcode TargetChoice} of what was written.
 * @throws {UserError} if nothing says which hosts are meant, or two options say so
 */
export function targetChoice(written: WrittenTarget): TargetChoice {
  const bases: { readonly option: string; readonly base: TargetBase }[] = [];
  if (written.sets.length > 0) bases.push({ option: "-w", base: setBase(written.sets) });
  if (written.host !== undefined) bases.push({ option: "--host", base: hostBase(written.host) });
  if (written.all) bases.push({ option: "-a", base: { kind: "all" } });
  const [first, second] = bases;
  if (first !== undefined && second !== undefined) {
    throw new UserError(`${first.option} and ${second.option} both say which hosts are meant`, {
      hint: second.option === "-a"
        ? `-a means every host: leave ${first.option} out, or leave -a out`
        : "put them into one set: -w 'web1,db[1-3]'",
    });
  }
  const base = first?.base ?? (written.select === undefined ? undefined : { kind: "all" } as const);
  if (base === undefined) {
    throw new UserError("nothing says which hosts are meant", {
      hint: "give -w SET, --host NAME or, for every host, -a",
    });
  }
  const exclude = written.exclude.length === 0 ? undefined : written.exclude.join(",");
  return { base, exclude, select: written.select };
}

/** The base that `--host NAME` or `--host ALL` stands for. */
export function hostBase(name: string): TargetBase {
  return name === "ALL" ? { kind: "all" } : { kind: "host", name };
}

function setBase(sets: readonly string[]): TargetBase {
  const expression = sets.join(",");
  return expression === "ALL" ? { kind: "all" } : { kind: "set", expression };
}
