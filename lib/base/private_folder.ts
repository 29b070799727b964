/**
 * Folders that only root and this user can change, and state folders that one process locks. A user
 * with write permission for a folder above a file can replace the file, so the whole chain of
 * folders is checked, as sshd does with StrictModes.
 *
 * Deno has no permission to inspect a folder without permission to read everything below it. The
 * programs therefore start with read permission for `/`, and give it up once the folders of their
 * own files are checked and before any peer can reach them. A folder that passed the check stays
 * safe, because only root and this user can have changed it since; `FolderOwnership` remembers it.
 * @module
 */
import { join, resolve } from "node:path";
import { messageOf, UserError } from "./errors.ts";

/** Why a file or a folder is unsafe. */
export interface FileProblem {
  /** A phrase for the message. */
  readonly problem: string;
  /** An imperative that says how to fix it. */
  readonly hint?: string;
}

const WRITABLE_BY_OTHERS = 0o022;
/** In a sticky folder everybody may make entries, and nobody may change those of others. */
const STICKY = 0o1000;
/** Linux follows this many links in one path. */
const MAX_SYMLINKS = 40;

/** Checks folders, and remembers those that only root and this user can change. */
export class FolderOwnership {
  readonly #sound = new Map<string, Entry>();

  /**
   * Returns why others could put files into `folder` or replace it; `undefined` if they cannot, or
   * if there is no such folder. Follows links if only root and this user can have made them.
   */
  check(folder: string): FileProblem | undefined {
    return this.#problem(folder, false);
  }

  /**
   * Returns why others could replace the files that this user makes in `folder`. Unlike
   * {@linkcode FolderOwnership.check} it accepts a sticky folder such as `/tmp`.
   */
  problemOfEntries(folder: string): FileProblem | undefined {
    return this.#problem(folder, true);
  }

  #problem(folder: string, mayBeSticky: boolean): FileProblem | undefined {
    const names = resolve(folder).split("/");
    let [real, links] = ["/", 0];
    for (let name = names.shift(); name !== undefined; name = names.shift()) {
      const path = join(real, name);
      const entry = this.#look(path);
      if (entry.kind === "missing") return undefined;
      const problem = checkEntry(path, entry, mayBeSticky || names.length > 0); // check: folder-above
      if (problem) return problem;
      this.#sound.set(path, entry);
      if (entry.kind !== "link") real = path;
      // check: link-count
      else if (++links > MAX_SYMLINKS) return { problem: `too many symbolic links in ${path}` };
      else {
        names.unshift(...entry.target.split("/")); // check: link-target
        if (entry.target.startsWith("/")) real = "/";
      }
    }
    return undefined;
  }

  #look(path: string): Entry {
    try {
      return readEntry(path);
    } catch (error) {
      // check: folder-hidden
      if (error instanceof Deno.errors.NotCapable) return this.#sound.get(path) ?? HIDDEN;
      if (error instanceof Deno.errors.NotFound) return MISSING;
      if (error instanceof Deno.errors.NotADirectory) return MISSING;
      throw error;
    }
  }
}

/** The entry at one name of a path. */
type Entry =
  | { readonly kind: "folder"; readonly uid: number | null; readonly mode: number }
  | { readonly kind: "link"; readonly uid: number | null; readonly target: string }
  | { readonly kind: "missing" | "hidden" | "something else" };

const MISSING: Entry = { kind: "missing" };
const HIDDEN: Entry = { kind: "hidden" };

function readEntry(path: string): Entry {
  const { isDirectory, isSymlink, mode, uid } = Deno.lstatSync(path);
  if (isDirectory) return { kind: "folder", uid, mode: mode ?? 0 };
  if (isSymlink) return { kind: "link", uid, target: Deno.readLinkSync(path) };
  return { kind: "something else" };
}

function checkEntry(path: string, entry: Entry, mayBeSticky: boolean): FileProblem | undefined {
  switch (entry.kind) {
    case "missing":
      return undefined;
    case "hidden":
      return {
        problem: `${path} can be checked only at the start of the program`,
        hint: "restart the program",
      };
    case "something else":
      return { problem: `${path} is not a folder` };
    case "link":
      return checkOwner(entry.uid, `the link ${path}`); // check: link-owner
    case "folder":
      return checkOwner(entry.uid, `the folder ${path}`) ?? // check: folder-owner
        checkMode(path, entry.mode, mayBeSticky);
    default:
      return entry satisfies never;
  }
}

function checkMode(path: string, mode: number, mayBeSticky: boolean): FileProblem | undefined {
  // check: folder-mode
  if ((mode & WRITABLE_BY_OTHERS) === 0 || (mayBeSticky && mode & STICKY)) return undefined;
  return { problem: `others may write to the folder ${path}`, hint: `chmod go-w ${path}` };
}

/** Returns why the owner `uid` is unsafe; `undefined` for root and this user. */
export function checkOwner(uid: number | null, what: string): FileProblem | undefined {
  if (uid === null || uid === 0 || uid === Deno.uid()) return undefined;
  return {
    problem: `${what} belongs to user ${uid}, not to root or the user of this process`,
    hint: "run as that user, or use your own files (sudo keeps HOME: use sudo -H)",
  };
}

/**
 * Makes the folder at `path`, and those above it, with mode 0700 unless they exist. The check
 * before finds links that others made. The check after finds a folder that somebody else made
 * first, for example in `/tmp`.
 * @throws {UserError} if others could put files into it or replace it
 */
export function makePrivateFolder(path: string): void {
  const folders = new FolderOwnership();
  requireOwnership(folders, path); // check: folder-made
  Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
  requireOwnership(folders, path);
}

function requireOwnership(folders: FolderOwnership, path: string): void {
  const found = folders.check(path);
  // check: folder-refused
  if (found) throw new UserError(`unsafe folder ${path}: ${found.problem}`, { hint: found.hint });
}

/** The words and hints of messages about a locked folder. */
export interface FolderUse {
  /** The program that holds it: `agent` or `hub`. */
  readonly holder: string;
  /** The hint if another process holds it. */
  readonly busyHint: string;
  /** The hint if it cannot be used. */
  readonly badHint: string;
}

/** A folder that this process has locked until disposed of. */
export class LockedFolder implements Disposable {
  /** The path as given. */
  readonly path: string;
  readonly #lock: Deno.FsFile;

  /**
   * Opens and locks the folder at `path`. Makes it with mode 0700 if it does not exist.
   * @throws {UserError} if it cannot be used, others may write to it, or another process holds it
   */
  constructor(path: string, use: FolderUse) {
    this.path = path;
    this.#lock = openLock(path, use);
    if (this.#lock.tryLockSync(true)) return; // check: folder-lock
    this.#lock.close();
    const message = `another ${use.holder} uses the state folder ${path}`;
    throw new UserError(message, { hint: use.busyHint });
  }

  /** Releases the lock. */
  [Symbol.dispose](): void {
    this.#lock.close();
  }
}

function openLock(path: string, { badHint }: FolderUse): Deno.FsFile {
  try {
    makePrivateFolder(path); // check: folder-private
    return Deno.openSync(`${path}/lock`, { create: true, write: true, mode: 0o600 });
  } catch (cause) {
    const reason = messageOf(cause);
    const hint = cause instanceof UserError && cause.hint || badHint;
    throw new UserError(`cannot use the state folder ${path}: ${reason}`, { hint, cause });
  }
}
