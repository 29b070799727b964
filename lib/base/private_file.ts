/**
 * Files that decide what may run: read only when nobody but root and the agent's own user can have
 * written them. Needs read permission for them and their folders.
 * @module
 */
import { dirname } from "node:path";
import { fromUtf8 } from "./bytes.ts";
import { PrivateFileError } from "./errors.ts";

/** What is asked of a file. */
export interface FileRules {
  /** What the file is, for messages: `trust file`. */
  readonly what: string;
  /** Whether nobody else may read it either: for secrets. */
  readonly secret: boolean;
  /** The longest it may be, in bytes. */
  readonly maxBytes: number;
}

const WRITABLE_BY_OTHERS = 0o022;
const OPEN_TO_OTHERS = 0o077;

/**
 * Reads a text file after looking at it and at its folder: a regular file and no link, owned by
 * root or by this user, not writable by group or others.
 * @returns `undefined` if there is no such file
 * @throws {PrivateFileError} if there is one and it must not be relied on, or cannot be read
 */
export async function readPrivateFile(path: string, rules: FileRules): Promise<string | undefined> {
  if (!await checkPrivateFile(path, rules)) return undefined;
  try {
    return fromUtf8(await Deno.readFile(path));
  } catch (cause) {
    const reason = cause instanceof TypeError ? "it is not UTF-8" : messageOf(cause);
    throw unreliable(path, rules, { problem: reason }, { cause });
  }
}

/**
 * Looks at a file and at its folder as {@linkcode readPrivateFile} does, without reading it.
 * @returns `undefined` if there is no such file
 * @throws {PrivateFileError} if there is one and it must not be relied on
 */
export async function checkPrivateFile(
  path: string,
  rules: FileRules,
): Promise<Deno.FileInfo | undefined> {
  const info = await look(path, rules, Deno.lstat);
  if (!info) return undefined;
  const folder = dirname(path);
  const problem = fileProblem(info, rules) ?? folderProblem(await look(folder, rules), folder);
  if (problem) throw unreliable(path, rules, problem);
  return info;
}

/**
 * Says why others could put files into `folder`, which is not to be a link; nothing if they cannot.
 */
export function folderProblem(
  info: Deno.FileInfo | undefined,
  folder: string,
): Problem | undefined {
  if (!info?.isDirectory) return { problem: `${folder} is not a folder` };
  if ((info.mode ?? 0) & WRITABLE_BY_OTHERS) {
    return { problem: `others may write to its folder ${folder}`, hint: `chmod go-w ${folder}` };
  }
  const owner = ownerProblem(info);
  return owner && { problem: `its folder: ${owner.problem}` };
}

/** Why something must not be relied on. */
export interface Problem {
  /** A phrase for a person. */
  readonly problem: string;
  /** What would mend it. */
  readonly hint?: string;
}

/** What is at `path`; `undefined` if there is nothing. */
async function look(
  path: string,
  { what }: FileRules,
  stat: typeof Deno.stat = Deno.stat,
): Promise<Deno.FileInfo | undefined> {
  try {
    return await stat(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    if (cause instanceof Deno.errors.NotADirectory) return undefined;
    throw new PrivateFileError(`cannot look at ${what} ${path}: ${messageOf(cause)}`, "", {
      cause,
    });
  }
}

function fileProblem(info: Deno.FileInfo, { secret, maxBytes }: FileRules): Problem | undefined {
  if (!info.isFile) return { problem: "it is not a regular file" };
  const forbidden = secret ? OPEN_TO_OTHERS : WRITABLE_BY_OTHERS;
  if ((info.mode ?? 0) & forbidden) {
    const hint = secret ? "chmod 600 it" : "chmod go-w it";
    return { problem: `others may ${secret ? "read or " : ""}write it`, hint };
  }
  if (info.size > maxBytes) return { problem: `it is longer than ${maxBytes} bytes` };
  return ownerProblem(info);
}

function ownerProblem({ uid }: Deno.FileInfo): Problem | undefined {
  if (uid === null || uid === 0 || uid === Deno.uid()) return undefined;
  return { problem: `it belongs to user ${uid}, who is neither root nor the user of this process` };
}

function unreliable(
  path: string,
  { what }: FileRules,
  { problem, hint }: Problem,
  options?: ErrorOptions,
): PrivateFileError {
  return new PrivateFileError(`${what} ${path} cannot be relied on: ${problem}`, hint, options);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
