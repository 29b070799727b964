/**
 * Replaces the groups and past jobs of a target by their nodes, before the target is signed.
 * @module
 */

import { GroupError, TargetError } from "../parsing/errors.ts";
import { printGroup } from "./group_term.ts";
import {
  MAX_GROUP_DEFINITION_BYTES,
  MAX_TARGET_NESTING,
  MAX_TERMS_FROM_GROUPS,
} from "../parsing/parse_limits.ts";
import { type GroupTarget, type Target, uniteTargets } from "./target.ts";
import { parseTarget } from "./target_parser.ts";

/**
 * Looks up the members of a group: texts in the set syntax, which are joined; none means no node.
 * They may be `ALL` or name other groups, so untrusted names are checked with `parseNodeName`
 * first. `source` is `undefined` for the default source; `name` is `*` for all nodes of a source.
 * Rejects, preferably with a {@linkcode GroupError}, if there is no such group.
 */
export type GroupLookup = (
  source: string | undefined,
  name: string,
) => Promise<readonly string[]>;

/** One replacement of all groups of a target. */
interface Resolution {
  readonly lookup: GroupLookup;
  /** The definitions so far, by the spelling of the group. */
  readonly definitions: Map<string, Target>;
  /** The number of visited terms and operators within groups. */
  terms: number;
}

/** The groups that are being replaced, the outermost first. */
type Path = readonly GroupTarget[];

/**
 * Replaces every group in `target`, and the groups in those, by the result of `lookup`. A group
 * within a definition has the same source unless it names another. Each group is looked up once.
 * @throws {GroupError} if a definition cannot be parsed, contains itself, is nested more than 32
 * deep or has too many terms
 * @throws {TargetError} if groups list more than a million names
 * @throws the errors of `lookup`
 */
export function resolveGroups(target: Target, lookup: GroupLookup): Promise<Target> {
  return resolve(target, { lookup, definitions: new Map(), terms: 0 }, []);
}

async function resolve(target: Target, resolution: Resolution, path: Path): Promise<Target> {
  countTerm(resolution, path);
  switch (target.kind) {
    case "group":
      return await resolveGroup(inheritSource(target, path), resolution, path);
    case "not":
      return { kind: "not", item: await resolve(target.item, resolution, path) };
    case "or":
    case "xor":
    case "and": {
      const items: Target[] = [];
      for (const item of target.items) items.push(await resolve(item, resolution, path));
      const isUnion = target.kind === "or" && target.items.some(({ kind }) => kind === "group");
      return isUnion ? uniteTargets(items) : { kind: target.kind, items };
    }
    default:
      return target;
  }
}

/** Stops groups that double each other before they fill the memory. */
function countTerm(resolution: Resolution, path: Path): void {
  const [outermost] = path;
  if (outermost !== undefined && ++resolution.terms > MAX_TERMS_FROM_GROUPS) {
    throw new GroupError(
      printGroup(outermost),
      `more than ${MAX_TERMS_FROM_GROUPS} terms`,
    );
  }
}

function inheritSource(group: GroupTarget, path: Path): GroupTarget {
  return { ...group, source: group.source ?? path.at(-1)?.source };
}

async function resolveGroup(group: GroupTarget, resolution: Resolution, path: Path) {
  const inner = [...path, group];
  checkPath(inner);
  return await resolve(await lookUpDefinition(group, resolution), resolution, inner);
}

function checkPath(path: Path): void {
  const spellings = path.map(printGroup);
  const spelling = spellings.at(-1) ?? "";
  if (spellings.indexOf(spelling) < path.length - 1) {
    throw new GroupError(spelling, `contains itself: ${spellings.join(" -> ")}`);
  }
  if (path.length > MAX_TARGET_NESTING) {
    throw new GroupError(spelling, `groups are nested more than ${MAX_TARGET_NESTING} deep`);
  }
}

async function lookUpDefinition(group: GroupTarget, resolution: Resolution): Promise<Target> {
  const spelling = printGroup(group);
  const known = resolution.definitions.get(spelling);
  if (known !== undefined) return known;
  const nodeSets = await resolution.lookup(group.source, group.name);
  const definition = uniteTargets(nodeSets.map((text) => parseMember(text, spelling)));
  resolution.definitions.set(spelling, definition);
  return definition;
}

function parseMember(text: string, spelling: string): Target {
  try {
    return parseTarget(text, { syntax: "set", maxBytes: MAX_GROUP_DEFINITION_BYTES });
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    const problem = `${error.message}, in ${JSON.stringify(text)}`;
    throw new GroupError(spelling, problem, { cause: error });
  }
}
