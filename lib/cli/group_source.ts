/**
 * Groups that a program knows: `@slurm:gpu` is what `group_source slurm map gpu` prints.
 *
 *     group_source SOURCE map GROUP     the node sets of a group
 *     group_source SOURCE all           those of all hosts of the source: @SOURCE:*
 *     group_source SOURCE list          the names of its groups
 *
 * Answers are separated by white space. Status 0 is an answer, 1 says that there is no such source or
 * group, anything else is an error that ends everything. The program gets nothing on stdin, a clean
 * environment and ten seconds; it must be one that nobody but root and this user can have written.
 * @module
 */
import { decodeUtf8 } from "../base/bytes.ts";
import { checkPrivateFile, type PrivateFileRules } from "../base/private_file.ts";
import { GroupError } from "../nodeset/parsing/errors.ts";
import { MAX_GROUP_DEFINITION_BYTES } from "../nodeset/parsing/parse_limits.ts";
import { splitWords } from "../nodeset/targets/node_set_file.ts";
import { complaintOf, runBounded } from "./run_bounded.ts";

/** A group of a source; `*` is all hosts of the source. */
export interface SourceGroup {
  /** The source, as it is written before the colon. */
  readonly source: string;
  /** The group. */
  readonly name: string;
}

/** How a source is asked. */
export interface AskOptions {
  /** How long a program may take, in milliseconds: 10,000 by default. */
  readonly maxMs?: number;
}

const RULES: PrivateFileRules = { what: "group source", secret: false, maxBytes: 64 * 1024 * 1024 };
const MAX_MS = 10_000;
const UNKNOWN = 1;

/**
 * Asks which node sets a group stands for.
 * @throws {GroupError} if no program in `programs` knows it, or one failed
 * @throws {PrivateFileError} if one of them must not be relied on
 */
export async function askGroupSource(
  { source, name }: SourceGroup,
  programs: readonly string[],
  options: AskOptions = {},
): Promise<readonly string[]> {
  const words = name === "*" ? [source, "all"] : [source, "map", name];
  const found = await ask({ words, about: `@${source}:${name}`, programs, ...options });
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
  options: AskOptions = {},
): Promise<readonly string[]> {
  const about = `@${source}:`;
  const found = await ask({ words: [source, "list"], about, programs, ...options });
  if (found !== undefined) return found;
  throw new GroupError(about, "there is no such source");
}

interface Question extends AskOptions {
  readonly words: readonly string[];
  /** The group, for messages. */
  readonly about: string;
  readonly programs: readonly string[];
}

/** The answer of the last program that has one. */
async function ask(question: Question): Promise<readonly string[] | undefined> {
  for (const program of question.programs.toReversed()) {
    if (!await checkPrivateFile(program, RULES)) continue;
    const answer = await askProgram(program, question);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

async function askProgram(
  program: string,
  { words, about, maxMs = MAX_MS }: Question,
): Promise<readonly string[] | undefined> {
  const failed = (problem: string, options?: ErrorOptions) =>
    new GroupError(about, `${program} ${problem}`, options);
  const bounds = { maxMs, maxBytes: MAX_GROUP_DEFINITION_BYTES };
  const { status, stdout, stderr, isLate } = await runBounded(program, words, bounds)
    .catch((cause: unknown) => {
      if (cause instanceof Deno.errors.NotCapable || !(cause instanceof Error)) throw cause;
      throw failed(`cannot be started: ${cause.message}`, { cause });
    });
  if (isLate) throw failed(`has not answered within ${maxMs / 1_000} seconds`);
  if (stdout.length > MAX_GROUP_DEFINITION_BYTES) {
    throw failed(`says more than ${MAX_GROUP_DEFINITION_BYTES} bytes`);
  }
  if (status.code === UNKNOWN && !status.signal) return undefined;
  if (!status.success) {
    const complaint = complaintOf({ stderr });
    const how = status.signal ?? `status ${status.code}`;
    throw failed(`failed with ${how}${complaint && `: ${complaint}`}`);
  }
  try {
    return splitWords(decodeUtf8(stdout)).map(({ text }) => text);
  } catch {
    throw failed("says what is not UTF-8");
  }
}
