/**
 * The keys by which this operator knows agents, in a file like OpenSSH's `known_hosts`: a line
 * `NAME nanoexec-ed25519 BASE64` for each, added when an agent is seen for the first time.
 * @module
 */
import { dirname } from "node:path";
import { type FileRules, readPrivateFile } from "../base/private_file.ts";
import { makePrivateFolder } from "../base/private_folder.ts";
import { KeyError } from "../envelope/errors.ts";
import { PUBLIC_KEY_TAG, type PublicKey, publicKeyFromBase64 } from "../envelope/public_key.ts";
import type { Pins } from "../hub/roster.ts";
import { isNodeName } from "../nodeset/node_name.ts";
import { UserError } from "./errors.ts";

/** Room for half a million agents. */
const RULES: FileRules = { what: "list of known agents", secret: false, maxBytes: 67_108_864 };

/** Agents and their keys. Without a path it forgets them at the end. */
export class KnownAgents implements Pins, Iterable<readonly [name: string, key: PublicKey]> {
  readonly #path: string | undefined;
  readonly #keys: Map<string, PublicKey>;

  /** Use {@linkcode readKnownAgents} instead. */
  constructor(path: string | undefined, keys: Map<string, PublicKey>) {
    this.#path = path;
    this.#keys = keys;
  }

  /** The key of an agent. */
  get(name: string): PublicKey | undefined {
    return this.#keys.get(name);
  }

  /** Remembers the key of an agent. */
  set(name: string, key: PublicKey): void {
    this.#keys.set(name, key);
    if (this.#path === undefined) return;
    const options = { append: true, create: true, mode: 0o600 };
    Deno.writeTextFileSync(this.#path, lineOf(name, key), options);
  }

  /**
   * Forgets an agent, so that it may come with another key.
   * @returns false if it was not known
   */
  forget(name: string): boolean {
    if (!this.#keys.delete(name)) return false;
    if (this.#path === undefined) return true;
    const half = `${this.#path}.new`;
    const text = [...this.#keys].map(([known, key]) => lineOf(known, key)).join("");
    Deno.writeTextFileSync(half, text, { mode: 0o600 });
    Deno.renameSync(half, this.#path);
    return true;
  }

  /** Yields all known agents. */
  [Symbol.iterator](): Iterator<readonly [name: string, key: PublicKey]> {
    return this.#keys.entries();
  }
}

/**
 * Reads the file, which need not exist, and makes its folder, to add agents later.
 * @throws {PrivateFileError} if others could have written it, or could put another in its place
 * @throws {UserError} if a line cannot be read
 */
export async function openKnownAgents(path: string | undefined): Promise<KnownAgents> {
  if (path !== undefined) makePrivateFolder(dirname(path));
  return await readKnownAgents(path);
}

/**
 * Reads the file, which need not exist.
 * @throws {PrivateFileError} if others could have written it
 * @throws {UserError} if a line cannot be read
 */
export async function readKnownAgents(path: string | undefined): Promise<KnownAgents> {
  const text = path === undefined ? undefined : await readPrivateFile(path, RULES);
  const keys = new Map<string, PublicKey>();
  for (const [index, line] of (text ?? "").split("\n").entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const [name, key] = readLine(line, `${path}: line ${index + 1}`);
    keys.set(name, key);
  }
  return new KnownAgents(path, keys);
}

function readLine(line: string, place: string): readonly [name: string, key: PublicKey] {
  const [name = "", tag, base64 = "", ...rest] = line.split(" ");
  if (!isNodeName(name) || tag !== PUBLIC_KEY_TAG || rest.length > 0) {
    throw new UserError(`${place} is not "NAME ${PUBLIC_KEY_TAG} KEY"`);
  }
  try {
    return [name, publicKeyFromBase64(base64)];
  } catch (cause) {
    if (!(cause instanceof KeyError)) throw cause;
    throw new UserError(`${place}: ${cause.message}`, { cause });
  }
}

function lineOf(name: string, key: PublicKey): string {
  return `${name} ${PUBLIC_KEY_TAG} ${key.base64}\n`;
}
