/**
 * Finds the node sets that a group in a target stands for: lines of groups files, the hosts of a
 * past job, or the output of a program for other sources. `@slurm:gpu` is the output of
 * `group_source slurm map gpu`.
 *
 * The program has three forms. `group_source SOURCE map GROUP` prints the node sets of a group.
 * `group_source SOURCE all` prints those of all hosts of the source (`@SOURCE:*`). `group_source
 * SOURCE list` prints the names of its groups.
 *
 * White space separates the output. Exit status 0 is success, 1 means that there is no such source
 * or group, any other status is an error. The program gets an empty stdin, a clean environment and
 * ten seconds. Only root and this user may be able to write it.
 * @module
 */
import { decodeUtf8 } from "../../base/bytes.ts";
import {
  checkPrivateFile,
  type PrivateFileRules,
  readPrivateFile,
} from "../../base/private_file.ts";
import {
  JOB_SOURCE,
  type JobReference,
  parseJobReference,
} from "../../protocol/operator/job_reference.ts";
import { type GroupLookup, parseTarget } from "../../nodeset/mod.ts";
import { GroupError } from "../../nodeset/parsing/errors.ts";
import { MAX_GROUP_DEFINITION_BYTES } from "../../nodeset/parsing/parse_limits.ts";
import { printGroup } from "../../nodeset/targets/group_term.ts";
import {
  findGroup,
  type GroupDefinitions,
  parseGroupFile,
  splitWords,
} from "../../nodeset/targets/node_set_file.ts";
import { firstErrorLine, runBounded } from "../sandbox/bounded_program.ts";
import { withSourceName } from "./name_list.ts";

/** A group of a source; `*` is all hosts of the source. */
export interface GroupOfSource {
  /** The source before the colon. */
  readonly source: string;
  /** The group. */
  readonly name: string;
}

/** The settings of a query to a source. */
export interface GroupSourceOptions {
  /** The maximum run time of a program in milliseconds; 10,000 by default. */
  readonly maxMs?: number;
}

const PROGRAM_RULES: PrivateFileRules = {
  what: "group source",
  secret: false,
  maxBytes: 64 * 1024 * 1024,
};
const MAX_PROGRAM_MS = 10_000;
const UNKNOWN_STATUS = 1;

/**
 * Resolves with the node sets of a group.
 * @throws {GroupError} if no program in `programs` knows it, or one failed
 * @throws {UserError} if one of them is unsafe to run
 */
export async function askGroupSource(
  { source, name }: GroupOfSource,
  programs: readonly string[],
  options: GroupSourceOptions = {},
): Promise<readonly string[]> {
  const words = name === "*" ? [source, "all"] : [source, "map", name];
  const found = await queryPrograms({ words, about: `@${source}:${name}`, programs, ...options });
  if (found !== undefined) return found;
  throw new GroupError(`@${source}:${name}`, "no such source or group");
}

/**
 * Resolves with the groups of a source.
 * @throws as {@linkcode askGroupSource}
 */
export async function listGroupSource(
  source: string,
  programs: readonly string[],
  options: GroupSourceOptions = {},
): Promise<readonly string[]> {
  const about = `@${source}:`;
  const found = await queryPrograms({ words: [source, "list"], about, programs, ...options });
  if (found !== undefined) return found;
  throw new GroupError(about, "no such source");
}

interface GroupQuery extends GroupSourceOptions {
  readonly words: readonly string[];
  /** The group, for messages. */
  readonly about: string;
  readonly programs: readonly string[];
}

/** Resolves with the output of the last program that has one. */
async function queryPrograms(question: GroupQuery): Promise<readonly string[] | undefined> {
  for (const program of question.programs.toReversed()) {
    if (!await checkPrivateFile(program, PROGRAM_RULES)) continue;
    const answer = await queryProgram(program, question);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

async function queryProgram(
  program: string,
  { words, about, maxMs = MAX_PROGRAM_MS }: GroupQuery,
): Promise<readonly string[] | undefined> {
  const failed = (problem: string, options?: ErrorOptions) =>
    new GroupError(about, `${program} ${problem}`, options);
  const bounds = { maxMs, maxBytes: MAX_GROUP_DEFINITION_BYTES };
  const { status, stdout, stderr, timedOut: isLate } = await runBounded(program, words, bounds)
    .catch((cause: unknown) => {
      if (cause instanceof Deno.errors.NotCapable || !(cause instanceof Error)) throw cause;
      throw failed(`cannot be started: ${cause.message}`, { cause });
    });
  if (isLate) throw failed(`timed out after ${maxMs / 1_000} seconds`);
  if (stdout.length > MAX_GROUP_DEFINITION_BYTES) {
    throw failed(`printed more than ${MAX_GROUP_DEFINITION_BYTES} bytes`);
  }
  if (status.code === UNKNOWN_STATUS && !status.signal) return undefined;
  if (!status.success) {
    const complaint = firstErrorLine({ stderr });
    const how = status.signal ?? `status ${status.code}`;
    throw failed(`failed with ${how}${complaint && `: ${complaint}`}`);
  }
  try {
    return splitWords(decodeUtf8(stdout)).map(({ text }) => text);
  } catch {
    throw failed("printed text that is not UTF-8");
  }
}

/** The sources of groups. */
export interface GroupSources {
  /** Groups files that are read if they exist; later ones override earlier ones. */
  readonly files: readonly string[];
  /** Programs for other sources that are called if they exist; later ones first. */
  readonly programs: readonly string[];
  /** The default source of groups; the files if absent. */
  readonly defaultSource?: string;
  /** Looks up past jobs; absent without a hub. */
  readonly jobs?: PastJobLookup;
}

/**
 * Finds the names of the hosts of a past job. Also gets the reference as text. Resolves with
 * `undefined` if there is no such job.
 */
export type PastJobLookup = (
  reference: JobReference,
  text: string,
) => Promise<readonly string[] | undefined>;

const GROUPS_FILE_RULES: PrivateFileRules = {
  what: "groups file",
  secret: false,
  maxBytes: 64 * 1024 * 1024,
};

/** Returns a {@linkcode GroupLookup} that reads each file once, at the first lookup. */
export function groupLookup(sources: GroupSources): GroupLookup {
  let files: Promise<GroupDefinitions> | undefined;
  return async (written, name) => {
    const source = written ?? sources.defaultSource;
    if (source === JOB_SOURCE) return await pastJobHosts(name, sources);
    if (source !== undefined) return await askGroupSource({ source, name }, sources.programs);
    files ??= readGroupFiles(sources.files);
    return findGroup(await files, name);
  };
}

async function pastJobHosts(name: string, { jobs }: GroupSources): Promise<readonly string[]> {
  const group = `@${JOB_SOURCE}:${name}`;
  const reference = parseJobReference(name);
  if (reference.kind === "problem") throw new GroupError(group, reference.problem);
  if (jobs === undefined) throw new GroupError(group, "past jobs need a hub");
  const names = await jobs(reference, name);
  if (names === undefined) throw new GroupError(group, "no such job at the hub");
  return names;
}

/**
 * Reads the groups of all `paths` that exist; later files override earlier ones.
 * @throws {UserError} if other users could have written one, and so select the hosts
 * @throws {TargetError} if one is invalid
 */
export async function readGroupFiles(paths: readonly string[]): Promise<GroupDefinitions> {
  const groups = new Map<string, readonly string[]>();
  for (const path of paths) {
    const text = await readPrivateFile(path, GROUPS_FILE_RULES) ?? "";
    for (const [name, sets] of withSourceName(path, () => parseGroupFile(text))) {
      groups.set(name, sets);
    }
  }
  return groups;
}

/**
 * Returns the groups of the default source in target syntax.
 * @throws {GroupError} if the source cannot be used
 * @throws {TargetError} if the name of a group is invalid
 */
export async function listGroups(sources: GroupSources): Promise<readonly string[]> {
  const { files, programs, defaultSource } = sources;
  const names = defaultSource === undefined
    ? [...(await readGroupFiles(files)).keys()]
    : await listGroupSource(defaultSource, programs);
  const written = names.map((name) => printGroup({ kind: "group", source: defaultSource, name }));
  // The names are output of a program. They are printed only if they are valid in a target.
  for (const group of written) withSourceName("name of a group", () => parseTarget(group));
  return written;
}
