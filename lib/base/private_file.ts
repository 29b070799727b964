/**
 * Reads files that decide what may run, such as keys and trust files. A file is read only if nobody
 * but root and this user can have written it, and no other file can have been put in its place.
 * Needs read permission for the file and, while the program starts, for all folders above it.
 * @module
 */
import { dirname, resolve } from "node:path";
import { ByteCollector, decodeUtf8 } from "./bytes.ts";
import { messageOf, UserError } from "./errors.ts";
import { checkOwner, type FileProblem, FolderOwnership } from "./private_folder.ts";

/** What is asked of a file. */
export interface PrivateFileRules {
  /** What the file is, for messages: `trust file`. */
  readonly what: string;
  /** Whether nobody else may read it either: for secrets. */
  readonly secret: boolean;
  /** The longest it may be, in bytes. */
  readonly maxBytes: number;
}

/** How many bytes are read at once. */
const READ_BYTES = 65_536;
const WRITABLE_BY_OTHERS = 0o022;
const OPEN_TO_OTHERS = 0o077;

/**
 * Reads a text file that is a regular file and no link, owned by root or by this user, not writable
 * by group or others, in a folder that only root and this user can change or replace. What is read is
 * what was looked at.
 * @param folders what is known already of the folders above
 * @returns `undefined` if there is no such file
 * @throws {UserError} if there is one and it must not be relied on, or cannot be read
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
    const reason = cause instanceof TypeError ? "it is not UTF-8" : messageOf(cause);
    throw unreliableFile(path, rules, { problem: reason }, { cause });
  }
}

/**
 * Looks at a file and at its folders as {@linkcode readPrivateFile} does, without reading it.
 * @returns `undefined` if there is no such file
 * @throws {UserError} if there is one and it must not be relied on
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
  if (problem) throw unreliableFile(path, rules, problem);
  // Nobody else can change such a folder, so this is no FIFO by now, which would block.
  const file = await Deno.open(absolute).catch((cause) => {
    throw unreliableFile(path, rules, { problem: messageOf(cause) }, { cause });
  });
  const found = checkOpened(named, await file.stat(), rules);
  if (!found) return file;
  file.close();
  throw unreliableFile(path, rules, found);
}

/** What is at `path`, if anything is, and what is wrong with the folders above. */
function inspect(
  path: string,
  folders: FolderOwnership,
  { what }: PrivateFileRules,
): readonly [Deno.FileInfo | undefined, FileProblem | undefined] {
  try {
    const info = lstatIfExists(path);
    // Also where there is no file yet: what is seen of the folders now may be asked for later.
    return [info, folders.check(dirname(path))];
  } catch (cause) {
    throw new UserError(`cannot look at ${what} ${path}: ${messageOf(cause)}`, { cause });
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
  return info.isFile ? undefined : { problem: "it is not a regular file" };
}

/** Says what is wrong with the file that was opened under the name of `named`. */
function checkOpened(
  named: Deno.FileInfo,
  opened: Deno.FileInfo,
  { secret, maxBytes }: PrivateFileRules,
): FileProblem | undefined {
  const isSame = opened.dev === named.dev && opened.ino === named.ino;
  if (!isSame) return { problem: "it was replaced while it was opened" }; // check: file-replaced
  const forbidden = secret ? OPEN_TO_OTHERS : WRITABLE_BY_OTHERS; // check: secret-mode
  if ((opened.mode ?? 0) & forbidden) { // check: file-mode
    const hint = secret ? "chmod 600 it" : "chmod go-w it";
    return { problem: `others may ${secret ? "read or " : ""}write it`, hint };
  }
  // check: file-length
  if (opened.size > maxBytes) return { problem: `it is longer than ${maxBytes} bytes` };
  return checkOwner(opened.uid, "it"); // check: file-owner
}

/** A file that grows meanwhile is read no further than its limit, so that it is cut off. */
async function readAll(file: Deno.FsFile, maxBytes: number): Promise<Uint8Array> {
  const collector = new ByteCollector(maxBytes);
  const piece = new Uint8Array(READ_BYTES);
  for (let length = await file.read(piece); length !== null; length = await file.read(piece)) {
    collector.add(piece.subarray(0, length));
  }
  return collector.bytes();
}

function unreliableFile(
  path: string,
  { what }: PrivateFileRules,
  { problem, hint }: FileProblem,
  options?: ErrorOptions,
): UserError {
  return new UserError(`${what} ${path} cannot be relied on: ${problem}`, { hint, ...options });
}
