/**
 * From the options that say which hosts are meant to one target without groups.
 * @module
 */
import { findGroup, type Groups, parseGroups } from "../nodeset/groups.ts";
import {
  exclude,
  namesTarget,
  parseTarget,
  resolveGroups,
  type Target,
} from "../nodeset/target.ts";
import { EVERYBODY } from "../nodeset/target.ts";
import { parseNodeName } from "../nodeset/node_name.ts";
import { UserError } from "./errors.ts";
import type { TargetBase, TargetChoice } from "./options/target_options.ts";

/**
 * Reads what was said of the target, and replaces groups by what the files in `groupFiles` say.
 * @throws {TargetError} where it cannot be read
 * @throws {UserError} or GroupError if a group is not known
 */
export async function readTarget(
  choice: TargetChoice,
  groupFiles: readonly string[],
): Promise<Target> {
  const groups = await readGroupFiles(groupFiles);
  return await resolveGroups(written(await withStdin(choice)), (source, name) => {
    if (source === undefined) return Promise.resolve(findGroup(groups, name));
    return Promise.reject(new UserError(`there is no source of groups called "${source}"`));
  });
}

/** `-` among the sets stands for the names on stdin, separated by white space. */
async function withStdin(choice: TargetChoice): Promise<TargetChoice> {
  const { base } = choice;
  if (base.kind !== "set" || !STDIN.test(base.expression)) return choice;
  const words = (await new Response(Deno.stdin.readable).text()).split(/\s+/);
  const names = words.filter((word) => word !== "").join(",");
  if (names === "") throw new UserError("stdin names no host");
  const expression = base.expression.replace(STDIN, (_all, before) => `${before}${names}`);
  return { ...choice, base: { kind: "set", expression } };
}

const STDIN = /(^|,)-(?=,|$)/;

function written({ base, exclude: left, select }: TargetChoice): Target {
  const all: Target[] = [baseTarget(base)];
  if (select !== undefined) all.push(parseTarget(select));
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
