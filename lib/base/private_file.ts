/**
 * Reads files that decide which commands may run, such as keys and trust files. A file is read only
 * if nobody but root and this user can have written or replaced it.
 * Needs read permission for the file and, while the program starts, for all folders above it.
 * @module
 */
import { dirname, resolve } from "node:path";
import { ByteCollector, decodeUtf8 } from "./bytes.ts";
import { messageOf, UserError } from "./errors.ts";
import { checkOwner, type FileProblem, FolderOwnership } from "./private_folder.ts";

/** The requirements on a file. */
export interface PrivateFileRules {
  /** The kind of file in messages, such as `trust file`. */
  readonly what: string;
  /** Whether others must not be able to read it either. */
  readonly secret: boolean;
  /** The maximum length in bytes. */
  readonly maxBytes: number;
}

/** The number of bytes of one read. */
const READ_BYTES = 65_536;
const WRITABLE_BY_OTHERS = 0o022;
const OPEN_TO_OTHERS = 0o077;

/**
 * Reads a text file that is a regular file and no link, owned by root or by this user, not writable
 * by group or others, in a folder that only root and this user can change or replace. The file that
 * was checked is the file that is read.
 * @param folders remembers the folders that were checked before
 * @returns `undefined` if there is no such file
 * @throws {UserError} if the file is unsafe or cannot be read
 */
export async function readPrivateFile(
  path: string,
  rules: PrivateFileRules,
  folders: FolderOwnership = new FolderOwnership(),
): Promise<string | undefined> {
  using file = await openPrivateFile(path, rules, folders);
  if (!file) return undefined;
  try {
    return decodeUtf8(await readAll(file, rules.maxBytes)); // check: file-utf8
  } catch (cause) {
    const reason = cause instanceof TypeError ? "not UTF-8" : messageOf(cause);
    throw unusableFile(path, rules, { problem: reason }, { cause });
  }
}

/**
 * Checks a file and its folders as {@linkcode readPrivateFile} does, without reading the file.
 * @returns `undefined` if there is no such file
 * @throws {UserError} if the file is unsafe
 */
export async function checkPrivateFile(
  path: string,
  rules: PrivateFileRules,
): Promise<Deno.FileInfo | undefined> {
  using file = await openPrivateFile(path, rules, new FolderOwnership());
  return await file?.stat();
}

async function openPrivateFile(
  path: string,
  rules: PrivateFileRules,
  folders: FolderOwnership,
): Promise<Deno.FsFile | undefined> {
  const absolute = resolve(path);
  const [named, above] = inspect(absolute, folders, rules);
  if (!named) return undefined;
  const problem = above ?? checkKind(named); // check: file-kind
  if (problem) throw unusableFile(path, rules, problem);
  // Nobody else can change such a folder, so no FIFO, which would block, has replaced the file.
  const file = await Deno.open(absolute).catch((cause) => {
    throw unusableFile(path, rules, { problem: messageOf(cause) }, { cause });
  });
  const found = checkOpened(path, { named, opened: await file.stat() }, rules);
  if (!found) return file;
  file.close();
  throw unusableFile(path, rules, found);
}

/** Returns the file at `path`, if any, and the problem of the folders above it, if any. */
function inspect(
  path: string,
  folders: FolderOwnership,
  { what }: PrivateFileRules,
): readonly [Deno.FileInfo | undefined, FileProblem | undefined] {
  try {
    const info = lstatIfExists(path);
    // Also without a file: `folders` remembers the folders for a later check.
    return [info, folders.check(dirname(path))];
  } catch (cause) {
    throw new UserError(`cannot inspect ${what} ${path}: ${messageOf(cause)}`, { cause });
  }
}

function lstatIfExists(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path); // check: file-link
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    if (error instanceof Deno.errors.NotADirectory) return undefined;
    throw error;
  }
}

function checkKind(info: Deno.FileInfo): FileProblem | undefined {
  return info.isFile ? undefined : { problem: "not a regular file" };
}

/** Returns the problem of the opened file. `named` was found at its path before. */
function checkOpened(
  path: string,
  { named, opened }: { readonly named: Deno.FileInfo; readonly opened: Deno.FileInfo },
  { secret, maxBytes }: PrivateFileRules,
): FileProblem | undefined {
  const isSame = opened.dev === named.dev && opened.ino === named.ino;
  if (!isSame) return { problem: "replaced while it was opened" }; // check: file-replaced
  const forbidden = secret ? OPEN_TO_OTHERS : WRITABLE_BY_OTHERS; // check: secret-mode
  if ((opened.mode ?? 0) & forbidden) { // check: file-mode
    const hint = `chmod ${secret ? "600" : "go-w"} ${path}`;
    return { problem: `others may ${secret ? "read or " : ""}write it`, hint };
  }
  // check: file-length
  if (opened.size > maxBytes) return { problem: `longer than ${maxBytes} bytes` };
  return checkOwner(opened.uid, "the file"); // check: file-owner
}

/** Reads up to the limit: a file that grows meanwhile is cut off. */
async function readAll(file: Deno.FsFile, maxBytes: number): Promise<Uint8Array> {
  const collector = new ByteCollector(maxBytes);
  const piece = new Uint8Array(READ_BYTES);
  for (let length = await file.read(piece); length !== null; length = await file.read(piece)) {
    collector.add(piece.subarray(0, length));
  }
  return collector.bytes();
}

function unusableFile(
  path: string,
  { what }: PrivateFileRules,
  { problem, hint }: FileProblem,
  options?: ErrorOptions,
): UserError {
  return new UserError(`cannot use ${what} ${path}: ${problem}`, { hint, ...options });
}
