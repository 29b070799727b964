/**
 * The folder in which a hub keeps its store and control socket, locked so that only one hub uses
 * it.
 * @module
 */
import { type FolderUse, LockedFolder } from "../base/locked_folder.ts";

const USE: FolderUse = {
  holder: "hub",
  busyHint: "stop it, or give this one another --state",
  badHint: "--state names another folder",
};

/** A hub's folder, locked for as long as it is open. */
export class HubFolder implements Disposable {
  readonly #folder: LockedFolder;

  /**
   * Opens the folder at `path`, making it if it is not there.
   * @throws {UserError} if it cannot be used, or another hub uses it
   */
  constructor(path: string) {
    this.#folder = new LockedFolder(path, USE);
  }

  /** The file of the store. */
  get store(): string {
    return `${this.#folder.path}/hub.db`;
  }

  /** The control socket, if none is named. */
  get control(): string {
    return `${this.#folder.path}/control.sock`;
  }

  /** Lets another hub have the folder. */
  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}
