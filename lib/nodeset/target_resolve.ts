/**
 * Replaces groups and past results by the nodes that they stand for, before a target is signed.
 * Imports its siblings.
 * @module
 */

import { GroupError, TargetError } from "./errors.ts";
import { printGroup } from "./group_term.ts";
import { MAX_GROUP_BYTES, MAX_NESTING } from "./limits.ts";
import { expandPatterns } from "./node_set.ts";
import { type GroupTarget, namesTarget, NOBODY, type Target } from "./target_ast.ts";
import { parseTarget } from "./target_parser.ts";

/**
 * Finds what a group stands for: node sets, which may use set operators and other groups. `source` is
 * `undefined` for the default source; `name` is `*` for all nodes of a source. No node sets = nobody.
 * Rejects, preferably with a {@linkcode GroupError}, if there is no such group.
 */
export type GroupLookup = (
  source: string | undefined,
  name: string,
) => Promise<readonly string[]>;

/** One replacement of all groups of a target. */
interface Resolution {
  readonly lookup: GroupLookup;
  /** What has been looked up, by the spelling of the group. */
  readonly known: Map<string, Target>;
}

/** The groups that are being replaced, the outermost first. */
type Path = readonly GroupTarget[];

/**
 * Replaces every group in `target`, and the groups in those, by what `lookup` says. A group within a
 * definition is one of the same source unless it names another. Each group is looked up once.
 * @throws {GroupError} if a definition cannot be read, contains itself, or is nested more than 32 deep
 * @throws whatever `lookup` rejects with
 */
export function resolveGroups(target: Target, lookup: GroupLookup): Promise<Target> {
  return resolve(target, { lookup, known: new Map() }, []);
}

async function resolve(target: Target, resolution: Resolution, path: Path): Promise<Target> {
  switch (target.kind) {
    case "group":
      return await resolveGroup(inherit(target, path), resolution, path);
    case "not":
      return { kind: "not", item: await resolve(target.item, resolution, path) };
    case "or":
    case "xor":
    case "and": {
      const items: Target[] = [];
      for (const item of target.items) items.push(await resolve(item, resolution, path));
      return { kind: target.kind, items };
    }
    default:
      return target;
  }
}

function inherit(group: GroupTarget, path: Path): GroupTarget {
  return { ...group, source: group.source ?? path.at(-1)?.source };
}

async function resolveGroup(group: GroupTarget, resolution: Resolution, path: Path) {
  const spelling = printGroup(group);
  const known = resolution.known.get(spelling);
  if (known !== undefined) return known;
  const inner = [...path, group];
  checkPath(inner.map(printGroup), spelling);
  const definition = parseDefinition(
    await resolution.lookup(group.source, group.name),
    spelling,
  );
  const resolved = await resolve(definition, resolution, inner);
  resolution.known.set(spelling, resolved);
  return resolved;
}

function checkPath(path: readonly string[], spelling: string): void {
  if (path.indexOf(spelling) < path.length - 1) {
    throw new GroupError(spelling, `it contains itself: ${path.join(" -> ")}`);
  }
  if (path.length > MAX_NESTING) {
    throw new GroupError(spelling, `groups are nested more than ${MAX_NESTING} deep`);
  }
}

function parseDefinition(nodeSets: readonly string[], spelling: string): Target {
  const targets = nodeSets.map((text) => {
    try {
      return parseTarget(text, { syntax: "set", maxBytes: MAX_GROUP_BYTES });
    } catch (error) {
      if (!(error instanceof TargetError)) throw error;
      throw new GroupError(spelling, `${error.message}, in "${text}"`, { cause: error });
    }
  });
  return unite(targets);
}

/** Joins targets, all plain node sets among them into one that is folded. */
function unite(targets: readonly Target[]): Target {
  const patterns = targets.flatMap((target) => target.kind === "nodes" ? target.patterns : []);
  const others = targets.filter((target) => target.kind !== "nodes");
  const items = patterns.length > 0 ? [namesTarget(expandPatterns(patterns)), ...others] : others;
  const [first = NOBODY] = items;
  return items.length < 2 ? first : { kind: "or", items };
}
