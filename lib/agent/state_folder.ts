/**
 * The folder in which one agent keeps what must outlive it: its key, its journal, its audit log.
 * One folder per name, so that several agents can share a host; one process per folder.
 * @module
 */
import { generateSecretKey, type SecretKey } from "../envelope/secret_key.ts";
import {
  decodeSecretKey,
  encodeSecretKey,
  MAX_SECRET_KEY_LENGTH,
} from "../envelope/secret_key_file.ts";
import { AgentError } from "./errors.ts";
import { type FileRules, readPrivateFile } from "./private_file.ts";

const KEY_FILE: FileRules = {
  what: "the agent's key",
  secret: true,
  maxBytes: MAX_SECRET_KEY_LENGTH,
};

/** An agent's folder, locked for as long as it is open. */
export class StateFolder implements Disposable {
  readonly #path: string;
  readonly #lock: Deno.FsFile;

  /**
   * Opens the folder at `path`, making it with mode 0700 if it is not there.
   * @throws {AgentError} if it cannot be used, or another process uses it
   */
  constructor(path: string) {
    this.#path = path;
    try {
      Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
      this.#lock = Deno.openSync(`${path}/lock`, { create: true, write: true, mode: 0o600 });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new AgentError(`cannot use the state folder ${path}: ${reason}`, STATE_HINT, {
        cause: error,
      });
    }
    if (this.#lock.tryLockSync(true)) return;
    this.#lock.close();
    throw new AgentError(
      `another agent uses the state folder ${path}`,
      "stop it, or give this one another --hostname or --state",
    );
  }

  /** The journal's database. */
  get journal(): string {
    return `${this.#path}/journal.db`;
  }

  /** The audit log. */
  get audit(): string {
    return `${this.#path}/audit.jsonl`;
  }

  /**
   * The agent's own key, made at the first call ever.
   * @throws {AgentError} if the file is there and cannot be relied on
   */
  async key(comment: string): Promise<SecretKey> {
    const path = `${this.#path}/agent.key`;
    const text = await readPrivateFile(path, KEY_FILE);
    if (text !== undefined) return decodeSecretKey(text);
    const key = generateSecretKey(comment);
    const options = { createNew: true, mode: 0o600 };
    await Deno.writeTextFile(path, encodeSecretKey(key), options);
    return key;
  }

  /** Lets another process have the folder. */
  [Symbol.dispose](): void {
    this.#lock.close();
  }
}

const STATE_HINT = "--state names another folder";
