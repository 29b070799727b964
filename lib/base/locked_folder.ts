/**
 * A state folder that one process holds: private to its owner, and locked for as long as the
 * process has it open. Needs read and write permission for it, and `--allow-sys=uid`.
 * @module
 */
import { messageOf, UserError } from "./errors.ts";
import { makePrivateFolder } from "./private_folder.ts";

/** How messages speak of a folder and of who uses it. */
export interface FolderUse {
  /** Who holds it: `agent`, `hub`. */
  readonly holder: string;
  /** What to do if another process holds it. */
  readonly busyHint: string;
  /** What to do if it cannot be used. */
  readonly badHint: string;
}

/** A folder that belongs to this process for as long as it is open. */
export class LockedFolder implements Disposable {
  /** Where it is. */
  readonly path: string;
  readonly #lock: Deno.FsFile;

  /**
   * Opens the folder at `path`, making it with mode 0700 if it is not there.
   * @throws {UserError} if it cannot be used, others may write to it, or another process
   *   uses it
   */
  constructor(path: string, use: FolderUse) {
    this.path = path;
    this.#lock = openLock(path, use);
    if (this.#lock.tryLockSync(true)) return; // check: folder-lock
    this.#lock.close();
    const message = `another ${use.holder} uses the state folder ${path}`;
    throw new UserError(message, { hint: use.busyHint });
  }

  /** Lets another process have the folder. */
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
