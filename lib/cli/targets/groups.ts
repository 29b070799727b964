/**
 * Finds the node sets that a group in a target stands for: lines of groups files, the hosts of a
 * past job, or the answer of a program that knows other sources. `@slurm:gpu` is what `group_source
 * slurm map gpu` prints. The program is called as `group_source SOURCE map GROUP` for the node sets
 * of a group, as `group_source SOURCE all` for those of all hosts of the source (`@SOURCE:*`), and
 * as `group_source SOURCE list` for the names of its groups.
 *
 * Answers are separated by white space. Exit status 0 is an answer, 1 means that there is no such
 * source or group, any other status is an error. The program gets an empty stdin, a clean
 * environment and ten seconds. Only root and this user may be able to write it.
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
  /** The source, as it is written before the colon. */
  readonly source: string;
  /** The group. */
  readonly name: string;
}

/** How a source is asked. */
export interface GroupSourceOptions {
  /** How long a program may take, in milliseconds: 10,000 by default. */
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
 * Asks which node sets a group stands for.
 * @throws {GroupError} if no program in `programs` knows it, or one failed
 * @throws {UserError} if one of them must not be relied on
 */
export async function askGroupSource(
  { source, name }: GroupOfSource,
  programs: readonly string[],
  options: GroupSourceOptions = {},
): Promise<readonly string[]> {
  const words = name === "*" ? [source, "all"] : [source, "map", name];
  const found = await queryPrograms({ words, about: `@${source}:${name}`, programs, ...options });
  if (found !== undefined) return found;
  throw new GroupError(`@${source}:${name}`, "there is no such source or group");
}

/**
 * Asks which groups a source has.
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
  throw new GroupError(about, "there is no such source");
}

interface GroupQuery extends GroupSourceOptions {
  readonly words: readonly string[];
  /** The group, for messages. */
  readonly about: string;
  readonly programs: readonly string[];
}

/** The answer of the last program that has one. */
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
  if (isLate) throw failed(`has not answered within ${maxMs / 1_000} seconds`);
  if (stdout.length > MAX_GROUP_DEFINITION_BYTES) {
    throw failed(`says more than ${MAX_GROUP_DEFINITION_BYTES} bytes`);
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
    throw failed("says what is not UTF-8");
  }
}

/** Where groups are looked up. */
export interface GroupSources {
  /** Groups files that are read where they exist; later ones win. */
  readonly files: readonly string[];
  /** Programs that are asked about other sources where they exist; later ones are asked first. */
  readonly programs: readonly string[];
  /** The source of groups that are written without one; without it those are the files. */
  readonly defaultSource?: string;
  /** Asks about past jobs; without it there is no hub that would know any. */
  readonly jobs?: PastJobLookup;
}

/**
 * Finds the names of the hosts that a reference to a past job stands for, which is also given as it
 * was written; `undefined` = no such job.
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

/** A {@linkcode GroupLookup} that reads each file once, and only when a group is asked for. */
export function groupLookup(places: GroupSources): GroupLookup {
  let files: Promise<GroupDefinitions> | undefined;
  return async (written, name) => {
    const source = written ?? places.defaultSource;
    if (source === JOB_SOURCE) return await pastJobHosts(name, places);
    if (source !== undefined) return await askGroupSource({ source, name }, places.programs);
    files ??= readGroupFiles(places.files);
    return findGroup(await files, name);
  };
}

async function pastJobHosts(name: string, { jobs }: GroupSources): Promise<readonly string[]> {
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
 * @throws {UserError} if others could have written one: they would choose the hosts
 * @throws {TargetError} where one cannot be read
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
 * The groups of the default source, as they are written in a target.
 * @throws {GroupError} if the source cannot be used
 * @throws {TargetError} if it has a group whose name cannot be written
 */
export async function listGroups(places: GroupSources): Promise<readonly string[]> {
  const { files, programs, defaultSource } = places;
  const names = defaultSource === undefined
    ? [...(await readGroupFiles(files)).keys()]
    : await listGroupSource(defaultSource, programs);
  const written = names.map((name) => printGroup({ kind: "group", source: defaultSource, name }));
  // Names come from a program: they are printed only if they could have been typed.
  for (const group of written) withSourceName("name of a group", () => parseTarget(group));
  return written;
}
