/**
 * Finds the program that a command names: at its absolute path, or in the fixed PATH. Policy uses
 * the synchronous search, execution the other; both must find the same file. Needs `--allow-read`
 * for the six folders of that PATH.
 * @module
 */
import { messageOf } from "../../base/errors.ts";
import { quoteUntrusted } from "../../base/untrusted_text.ts";
import { FIXED_PATH } from "../os/host_tools.ts";
import { type ExecFailure, failure } from "./command.ts";

/** A program that appears to be executable. */
export interface Program {
  readonly kind: "program";
  /** An absolute path; a bare name if the agent may not read the folders of the PATH. */
  readonly path: string;
}

/**
 * Finds the program `name`. An absolute path must be in its plainest form. A name without `/` is
 * searched in {@linkcode FIXED_PATH} only. Other paths are refused, because they mean nothing to a
 * host. Links are followed, because half of `/usr/bin` consists of them. Their target must be a
 * regular file with an execute bit, not writable by everybody.
 *
 * Where the agent may not read, nothing is checked. The system then answers with exit code 127 or
 * 126 and a line on standard error.
 */
export async function findProgram(name: string): Promise<Program | ExecFailure> {
  if (name === "" || name.includes("\0")) {
    return failure("bad-argv", "program name is empty or holds a NUL byte");
  }
  if (isPlainName(name)) return await searchPath(name);
  if (!isPlainPath(name)) {
    return failure(
      "bad-argv",
      `not a program name or plain absolute path: ${quoteUntrusted(name)}`,
    );
  }
  return await checkPath(name) ??
    failure("not-found", `no such program: ${quoteUntrusted(name)}`);
}

/** Whether `path` is absolute and has no `.`, `..` or empty part and no NUL. */
export function isPlainPath(path: string): boolean {
  const parts = path.slice(1).split("/");
  const plain = parts.every((part) => part !== "" && part !== "." && part !== "..");
  return path.startsWith("/") && (plain || path === "/") && !path.includes("\0");
}

/**
 * Whether `name` is a plain file name. With a leading `-` it would be an option of the program that
 * starts it.
 */
function isPlainName(name: string): boolean {
  return !/[/]|^-|^[.]{1,2}$/.test(name);
}

async function searchPath(name: string): Promise<Program | ExecFailure> {
  const folders = FIXED_PATH.split(":");
  if (!folders.every(mayRead)) return { kind: "program", path: name };
  let refused: ExecFailure | undefined;
  for (const folder of folders) {
    const found = await checkPath(`${folder}/${name}`);
    if (found?.kind === "program") return found;
    refused ??= found;
  }
  return refused ??
    failure("not-found", `no such program in ${FIXED_PATH}: ${quoteUntrusted(name)}`);
}

/** Checks one path; `undefined` if nothing is there. */
async function checkPath(path: string): Promise<Program | ExecFailure | undefined> {
  if (!mayRead(path)) return { kind: "program", path };
  try {
    const problem = checkFile(await Deno.stat(path));
    if (problem === undefined) return { kind: "program", path };
    return failure("not-executable", `${quoteUntrusted(path)} ${problem}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    if (error instanceof Deno.errors.NotADirectory) return undefined;
    return failure(
      "not-executable",
      `cannot examine ${quoteUntrusted(path)}: ${messageOf(error)}`,
    );
  }
}

function checkFile({ isFile, isDirectory, mode }: Deno.FileInfo): string | undefined {
  if (isDirectory) return "is a folder";
  if (!isFile) return "is not a regular file";
  if (((mode ?? 0) & 0o111) === 0) return "is not executable";
  return ((mode ?? 0) & 0o002) === 0 ? undefined : "can be written by all users";
}

function mayRead(path: string): boolean {
  return Deno.permissions.querySync({ name: "read", path }).state === "granted";
}

/**
 * Returns the absolute path of the first file `name` in the PATH that is executable and not
 * writable by everybody; `undefined` if there is none.
 */
export function findInPath(name: string): string | undefined {
  return FIXED_PATH.split(":").map((folder) => `${folder}/${name}`).find(isExecutableFile);
}

function isExecutableFile(path: string): boolean {
  try {
    return checkFile(Deno.statSync(path)) === undefined;
  } catch {
    return false;
  }
}
