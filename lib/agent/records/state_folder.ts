/**
 * The folder of an agent's state: its key, its journal, its audit log. Each name has its own
 * folder, so that several agents can share a host. Only one process uses a folder.
 * @module
 */
import { encodeUtf8 } from "../../base/bytes.ts";
import { writeDurably } from "../../base/durable_file.ts";
import { messageOf, UserError } from "../../base/errors.ts";
import { type FolderUse, LockedFolder } from "../../base/private_folder.ts";
import { type PrivateFileRules, readPrivateFile } from "../../base/private_file.ts";
import { EnvelopeError } from "../../envelope/errors.ts";
import {
  decodeSecretKey,
  encodeSecretKey,
  generateSecretKey,
  MAX_SECRET_KEY_LENGTH,
  type SecretKey,
} from "../../envelope/keys/secret_key.ts";

const KEY_FILE: PrivateFileRules = {
  what: "agent key",
  secret: true,
  maxBytes: MAX_SECRET_KEY_LENGTH,
};

const FOLDER_USE: FolderUse = {
  holder: "agent",
  busyHint: "stop the other agent, or use another --hostname or --state",
  badHint: "use another folder with --state",
};

/** An agent's folder, locked while it is open. */
export class StateFolder implements Disposable {
  readonly #folder: LockedFolder;

  /**
   * Opens the folder at `path`, creating it if it is missing.
   * @throws {UserError} if it cannot be used, or another process uses it
   */
  constructor(path: string) {
    this.#folder = new LockedFolder(path, FOLDER_USE);
  }

  /** The path of the journal's database. */
  get journal(): string {
    return `${this.#folder.path}/journal.db`;
  }

  /** The path of the audit log. */
  get audit(): string {
    return `${this.#folder.path}/audit.jsonl`;
  }

  /** The folder with the records of scripts in files. */
  get scripts(): string {
    return `${this.#folder.path}/scripts`;
  }

  /** The folder with the records and the output of detached commands. */
  get detached(): string {
    return `${this.#folder.path}/survivors`;
  }

  /** The folder with the records of pending rollbacks. */
  get rollbacks(): string {
    return `${this.#folder.path}/undos`;
  }

  /**
   * Returns the agent's own key, which the first call creates.
   * @throws {UserError} if other users could have read or changed it
   * @throws {UserError} if it is no key, or cannot be written
   */
  async key(comment: string): Promise<SecretKey> {
    const path = `${this.#folder.path}/agent.key`;
    const text = await readPrivateFile(path, KEY_FILE);
    return text === undefined ? makeKey(path, comment) : readKey(path, text);
  }

  /** Unlocks the folder. */
  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}

function readKey(path: string, text: string): SecretKey {
  try {
    return decodeSecretKey(text);
  } catch (cause) {
    if (!(cause instanceof EnvelopeError)) throw cause;
    const hint = "restore it from a backup; the hub rejects an agent with a new key";
    throw new UserError(`agent key ${path}: ${cause.message}`, { hint, cause });
  }
}

/** Creates the key. The complete file is on disk before a hub receives the key. */
function makeKey(path: string, comment: string): SecretKey {
  const key = generateSecretKey(comment);
  try {
    writeDurably(path, encodeUtf8(encodeSecretKey(key)), `${path}.new`);
  } catch (cause) {
    const reason = messageOf(cause);
    throw new UserError(`cannot write agent key ${path}: ${reason}`, { cause });
  }
  return key;
}
