/**
 * What the groups in a target stand for: lines of groups files, answers of the programs that know
 * other sources, and past jobs.
 * @module
 */
import { type PrivateFileRules, readPrivateFile } from "../base/private_file.ts";
import { GroupError } from "../nodeset/parsing/errors.ts";
import { printGroup } from "../nodeset/targets/group_term.ts";
import {
  findGroup,
  type GroupDefinitions,
  parseGroupFile,
} from "../nodeset/targets/node_set_file.ts";
import { type GroupLookup, parseTarget } from "../nodeset/mod.ts";
import { JOB_SOURCE, type JobReference, parseJobReference } from "../hub/past/job_reference.ts";
import { askGroupSource, listGroupSource } from "./group_source.ts";
import { inPlace } from "./name_list.ts";

/** Where groups are looked up. */
export interface GroupPlaces {
  /** Groups files that are read where they exist; later ones win. */
  readonly files: readonly string[];
  /** Programs that are asked about other sources where they exist; later ones are asked first. */
  readonly programs: readonly string[];
  /** The source of groups that are written without one; without it those are the files. */
  readonly defaultSource?: string;
  /** Asks about past jobs; without it there is no hub that would know any. */
  readonly jobs?: PastJobs;
}

/**
 * Finds the names of the hosts that a reference to a past job stands for, which is also given as it
 * was written; `undefined` = no such job.
 */
export type PastJobs = (
  reference: JobReference,
  text: string,
) => Promise<readonly string[] | undefined>;

const RULES: PrivateFileRules = { what: "groups file", secret: false, maxBytes: 64 * 1024 * 1024 };

/** A {@linkcode GroupLookup} that reads each file once, and only when a group is asked for. */
export function groupLookup(places: GroupPlaces): GroupLookup {
  let files: Promise<GroupDefinitions> | undefined;
  return async (written, name) => {
    const source = written ?? places.defaultSource;
    if (source === JOB_SOURCE) return await pastHosts(name, places);
    if (source !== undefined) return await askGroupSource({ source, name }, places.programs);
    files ??= readGroupFiles(places.files);
    return findGroup(await files, name);
  };
}

async function pastHosts(name: string, { jobs }: GroupPlaces): Promise<readonly string[]> {
  const group = `@${JOB_SOURCE}:${name}`;
  const reference = parseJobReference(name);
  if (reference.kind === "problem") throw new GroupError(group, reference.problem);
  if (jobs === undefined) throw new GroupError(group, "there is no hub to ask for past jobs");
  const names = await jobs(reference, name);
  if (names === undefined) throw new GroupError(group, "the hub knows no such job");
  return names;
}

/**
 * Reads the groups of all `paths` that exist; later files win.
 * @throws {PrivateFileError} if others could have written one: they would choose the hosts
 * @throws {TargetError} where one cannot be read
 */
export async function readGroupFiles(paths: readonly string[]): Promise<GroupDefinitions> {
  const groups = new Map<string, readonly string[]>();
  for (const path of paths) {
    const text = await readPrivateFile(path, RULES) ?? "";
    for (const [name, sets] of inPlace(path, () => parseGroupFile(text))) groups.set(name, sets);
  }
  return groups;
}

/**
 * The groups of the default source, as they are written in a target.
 * @throws {GroupError} if the source cannot be used
 * @throws {TargetError} if it has a group whose name cannot be written
 */
export async function listGroups(places: GroupPlaces): Promise<readonly string[]> {
  const { files, programs, defaultSource } = places;
  const names = defaultSource === undefined
    ? [...(await readGroupFiles(files)).keys()]
    : await listGroupSource(defaultSource, programs);
  const written = names.map((name) => printGroup({ kind: "group", source: defaultSource, name }));
  // Names come from a program: they are printed only if they could have been typed.
  for (const group of written) inPlace("name of a group", () => parseTarget(group));
  return written;
}
