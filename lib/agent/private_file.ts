/**
 * Files that decide what may run: read only when nobody but root and the agent's own user can have
 * written them. Needs read permission for them and their folders.
 * @module
 */
import { dirname } from "node:path";
import { AgentError } from "./errors.ts";

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
 * @throws {AgentError} if there is one and it must not be relied on, or cannot be read
 */
export async function readPrivateFile(path: string, rules: FileRules): Promise<string | undefined> {
  const info = await Deno.lstat(path).catch((error: unknown) => absent(error, path, rules));
  if (!info) return undefined;
  const folder = dirname(path);
  const problem = fileProblem(info, rules) ?? folderProblem(await Deno.stat(folder), folder);
  if (problem) throw unreliable(path, rules, problem);
  if (info.size > rules.maxBytes) {
    throw unreliable(path, rules, { problem: `it is longer than ${rules.maxBytes} bytes` });
  }
  return await Deno.readTextFile(path);
}

interface Problem {
  readonly problem: string;
  readonly hint?: string;
}

function absent(error: unknown, path: string, rules: FileRules): undefined {
  if (error instanceof Deno.errors.NotFound) return undefined;
  if (error instanceof Deno.errors.NotADirectory) return undefined;
  const reason = error instanceof Error ? error.message : String(error);
  throw new AgentError(`cannot look at ${rules.what} ${path}: ${reason}`, "", { cause: error });
}

function fileProblem(info: Deno.FileInfo, { secret }: FileRules): Problem | undefined {
  if (!info.isFile) return { problem: "it is not a regular file" };
  const forbidden = secret ? OPEN_TO_OTHERS : WRITABLE_BY_OTHERS;
  if ((info.mode ?? 0) & forbidden) {
    const hint = secret ? "chmod 600 it" : "chmod go-w it";
    return { problem: `others may ${secret ? "read or " : ""}write it`, hint };
  }
  return ownerProblem(info);
}

function folderProblem(info: Deno.FileInfo, folder: string): Problem | undefined {
  if ((info.mode ?? 0) & WRITABLE_BY_OTHERS) {
    return { problem: `others may write to its folder ${folder}`, hint: `chmod go-w ${folder}` };
  }
  const owner = ownerProblem(info);
  return owner && { problem: `its folder: ${owner.problem}` };
}

function ownerProblem({ uid }: Deno.FileInfo): Problem | undefined {
  if (uid === null || uid === 0 || uid === Deno.uid()) return undefined;
  return { problem: `it belongs to user ${uid}, who is neither root nor the user of this process` };
}

function unreliable(path: string, { what }: FileRules, { problem, hint }: Problem): AgentError {
  return new AgentError(`${what} ${path} cannot be relied on: ${problem}`, hint);
}
