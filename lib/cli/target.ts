/**
 * From the options that say which hosts are meant to one target without groups.
 * @module
 */
import { GroupError } from "../nodeset/errors.ts";
import { findGroup, type Groups, parseGroups } from "../nodeset/groups.ts";
import { parseNodeName } from "../nodeset/node_name.ts";
import {
  EVERYBODY,
  exclude,
  namedNodes,
  namesTarget,
  parseTarget,
  resolveGroups,
  select,
  type Target,
} from "../nodeset/target.ts";
import { isOpen } from "../trigger/resolve.ts";
import { UserError } from "./errors.ts";
import type { TargetBase, TargetChoice } from "./options/target_options.ts";

/**
 * Reads what was said of the target, and replaces groups by what the files in `groupFiles` say.
 * @throws {TargetError} where it cannot be read
 * @throws {UserError} if a group cannot be used, or stdin is to be read and is empty
 */
export async function readTarget(
  choice: TargetChoice,
  groupFiles: readonly string[],
): Promise<Target> {
  return await withoutGroups(written(await withStdin(choice)), groupFiles);
}

/**
 * The names that a set lists, for where there is nobody to ask which other hosts there are.
 * @throws as {@linkcode readTarget}, and a {@linkcode UserError} if it is not a mere list
 */
export async function readNodeSet(
  expression: string,
  groupFiles: readonly string[],
): Promise<readonly string[]> {
  const base = { kind: "set", expression } as const;
  const target = await readTarget({ base, exclude: undefined, select: undefined }, groupFiles);
  if (isOpen(target)) {
    throw new UserError(`"${expression}" may stand for hosts that it does not list`, {
      hint: "here names, ranges and groups of them are needed, such as web[01-20],@db",
    });
  }
  return select(target, [...namedNodes(target)].map((name) => ({ name, facts: new Map() })));
}

/** `-` among the sets stands for the names on stdin, separated by white space. */
async function withStdin(choice: TargetChoice): Promise<TargetChoice> {
  const { base } = choice;
  if (base.kind !== "set" || !STDIN.test(base.expression)) return choice;
  const words = (await new Response(Deno.stdin.readable).text()).split(/\s+/);
  const names = words.filter((word) => word !== "").join(",");
  if (names === "") {
    throw new UserError("stdin names no host", {
      hint: "- stands for the names on stdin, separated by white space",
    });
  }
  const expression = base.expression.replace(STDIN, (_all, before) => `${before}${names}`);
  return { ...choice, base: { kind: "set", expression } };
}

const STDIN = /(^|,)-(?=,|$)/;

function written({ base, exclude: left, select: condition }: TargetChoice): Target {
  const all: Target[] = [baseTarget(base)];
  if (condition !== undefined) all.push(parseTarget(condition));
  const [first = EVERYBODY] = all;
  const target: Target = all.length > 1 ? { kind: "and", items: all } : first;
  return left === undefined ? target : exclude(target, parseTarget(left, { syntax: "set" }));
}

function baseTarget(base: TargetBase): Target {
  switch (base.kind) {
    case "all":
      return EVERYBODY;
    case "host":
      return namesTarget([parseNodeName(base.name)]);
    case "set":
      return parseTarget(base.expression, { syntax: "set" });
    default:
      return base satisfies never;
  }
}

async function withoutGroups(target: Target, groupFiles: readonly string[]): Promise<Target> {
  const groups = await readGroupFiles(groupFiles);
  try {
    return await resolveGroups(target, (source, name) => {
      if (source === undefined) return Promise.resolve(findGroup(groups, name));
      return Promise.reject(new UserError(`there is no source of groups called "${source}"`));
    });
  } catch (cause) {
    if (!(cause instanceof GroupError)) throw cause;
    throw new UserError(cause.message, {
      cause,
      hint: `groups are lines such as "db: db[1-3]" in ${groupFiles.join(" or ")}`,
    });
  }
}

/** Later files win. */
async function readGroupFiles(paths: readonly string[]): Promise<Groups> {
  const groups = new Map<string, readonly string[]>();
  for (const path of paths) {
    const text = await Deno.readTextFile(path).catch((error: unknown) => {
      if (error instanceof Deno.errors.NotFound) return "";
      throw error;
    });
    for (const [name, sets] of parseGroups(text)) groups.set(name, sets);
  }
  return groups;
}
