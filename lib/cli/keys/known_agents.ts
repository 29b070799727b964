/**
 * The agent keys that this operator knows, in a file like OpenSSH's `known_hosts`: one line `NAME
 * nanoexec-ed25519 BASE64` per agent, added when the agent is first seen. Any peer can claim any
 * name, so only keys of hosts that were in a target are written to the file.
 * @module
 */
import { dirname } from "node:path";
import { encodeUtf8 } from "../../base/bytes.ts";
import { writeDurably } from "../../base/durable_file.ts";
import { type PrivateFileRules, readPrivateFile } from "../../base/private_file.ts";
import { makePrivateFolder } from "../../base/private_folder.ts";
import { KeyError } from "../../envelope/errors.ts";
import {
  type PinnedKeys,
  PUBLIC_KEY_TAG,
  type PublicKey,
  publicKeyFromBase64,
} from "../../envelope/keys/public_key.ts";
import { isNodeName } from "../../nodeset/sets/node_name.ts";
import { UserError } from "../../base/errors.ts";

/** The size of half a million agents. */
const FILE_RULES: PrivateFileRules = {
  what: "known agents file",
  secret: false,
  maxBytes: 67_108_864,
};

/** The maximum number of agents outside targets that are remembered while the queue is open. */
const MAX_UNTARGETED = 10_000;

/**
 * Agents and their keys. Any peer can claim any name, so only keys of hosts that were in a target
 * are written to the file. Without a path, all keys are forgotten at the end.
 */
export class KnownAgents implements PinnedKeys, Iterable<readonly [name: string, key: PublicKey]> {
  readonly #path: string | undefined;
  readonly #keys: Map<string, PublicKey>;
  readonly #untargeted = new Map<string, PublicKey>();
  readonly #targeted = new Set<string>();

  /** Use {@linkcode openKnownAgents} or {@linkcode readKnownAgents} instead. */
  constructor(path: string | undefined, keys: Map<string, PublicKey>) {
    this.#path = path;
    this.#keys = keys;
  }

  /** Returns the key of an agent. */
  get(name: string): PublicKey | undefined {
    return this.#keys.get(name) ?? this.#untargeted.get(name);
  }

  /**
   * Stores the key of an agent: permanently if the host was in a target, otherwise until many other
   * agents have attached.
   */
  set(name: string, key: PublicKey): void {
    if (this.#targeted.has(name)) return this.#append([[name, key]]); // check: asked-key
    this.#untargeted.set(name, key);
    const [oldest = name] = this.#untargeted.keys();
    if (this.#untargeted.size > MAX_UNTARGETED) this.#untargeted.delete(oldest); // check: unasked-keys
  }

  /** Stores the keys of these agents permanently, now and when they become known. */
  keep(names: readonly string[]): void {
    const known: [string, PublicKey][] = [];
    for (const name of names) {
      const key = this.#untargeted.get(name);
      this.#untargeted.delete(name);
      if (key) known.push([name, key]);
      this.#targeted.add(name);
    }
    this.#append(known);
  }

  /**
   * Forgets an agent, so that it may attach with another key.
   * @returns false if it was not known
   */
  forget(name: string): boolean {
    if (!this.#keys.delete(name)) return this.#untargeted.delete(name);
    if (this.#path === undefined) return true;
    const text = [...this.#keys].map(([known, key]) => lineOf(known, key)).join("");
    writeDurably(this.#path, encodeUtf8(text));
    return true;
  }

  #append(entries: readonly (readonly [name: string, key: PublicKey])[]): void {
    for (const [name, key] of entries) this.#keys.set(name, key);
    if (this.#path === undefined || entries.length === 0) return;
    const text = entries.map(([name, key]) => lineOf(name, key)).join("");
    Deno.writeTextFileSync(this.#path, text, { append: true, create: true, mode: 0o600 });
  }

  /** Yields the agents that are stored permanently. */
  [Symbol.iterator](): Iterator<readonly [name: string, key: PublicKey]> {
    return this.#keys.entries();
  }
}

/**
 * Reads the file, which need not exist, and creates its folder, so that agents can be added.
 * @throws {UserError} if other users could have written or replaced it
 * @throws {UserError} if a line is invalid
 */
export async function openKnownAgents(path: string | undefined): Promise<KnownAgents> {
  if (path !== undefined) makePrivateFolder(dirname(path)); // check: known-agents-folder
  return await readKnownAgents(path);
}

/**
 * Reads the file, which need not exist.
 * @throws {UserError} if other users could have written it
 * @throws {UserError} if a line is invalid
 */
export async function readKnownAgents(path: string | undefined): Promise<KnownAgents> {
  const text = path === undefined ? undefined : await readPrivateFile(path, FILE_RULES);
  const keys = new Map<string, PublicKey>();
  for (const [index, line] of (text ?? "").split("\n").entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const [name, key] = readLine(line, `${path}: line ${index + 1}`);
    keys.set(name, key);
  }
  return new KnownAgents(path, keys);
}

function readLine(line: string, position: string): readonly [name: string, key: PublicKey] {
  const [name = "", tag, base64 = "", ...rest] = line.split(" ");
  if (!isNodeName(name) || tag !== PUBLIC_KEY_TAG || rest.length > 0) {
    throw new UserError(`${position}: expected "NAME ${PUBLIC_KEY_TAG} KEY"`);
  }
  try {
    return [name, publicKeyFromBase64(base64)];
  } catch (cause) {
    if (!(cause instanceof KeyError)) throw cause;
    throw new UserError(`${position}: ${cause.message}`, { cause });
  }
}

function lineOf(name: string, key: PublicKey): string {
  return `${name} ${PUBLIC_KEY_TAG} ${key.base64}\n`;
}
