/**
 * A state folder that one process holds: private to its owner, and locked for as long as the
 * process has it open. Needs read and write permission for it, and `--allow-sys=uid`.
 * @module
 */
import { messageOf, UserError } from "./errors.ts";
import { makePrivateFolder } from "./private_folder.ts";

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
