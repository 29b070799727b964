/**
 * Loads the keys that the agent trusts: built-in keys, keys from the command line and trust files,
 * less the revoked ones. One error in any source, and no key is trusted.
 * @module
 */
import { dirname, join } from "node:path";
import { UserError } from "../../base/errors.ts";
import { FolderOwnership } from "../../base/private_folder.ts";
import { type PrivateFileRules, readPrivateFile } from "../../base/private_file.ts";
import { EnvelopeError } from "../../envelope/errors.ts";
import { PUBLIC_KEY_TAG } from "../../envelope/keys/public_key.ts";
import {
  MAX_TRUST_FILE_LENGTH,
  parseHubOperators,
  parseRevokedKeys,
  parseTrustFile,
  type TrustedKey,
} from "../../envelope/trust/trust_file.ts";
import { printTarget } from "../../nodeset/mod.ts";

/** The sources of trust. */
export interface TrustSources {
  /** Key lines built into the executable. */
  readonly baked: readonly string[];
  /** Key lines or paths from the command line. Each path must exist. */
  readonly given: readonly string[];
  /** Trust files, read if they exist. */
  readonly files: readonly string[];
  /** Lists of revoked keys, read if they exist. */
  readonly revoked: readonly string[];
  /** Whether keys may have rights at a hub in front of them: not for agents. */
  readonly hubRights?: boolean;
}

/** Matches a key line, even with options in front of the key, but no path. */
const KEY_LINE = new RegExp(`${PUBLIC_KEY_TAG}[ \\t]`);

const TRUST_FILE: PrivateFileRules = {
  what: "trust file",
  secret: false,
  maxBytes: MAX_TRUST_FILE_LENGTH,
};
const NOBODY_TRUSTED = "correct this; until then no key is trusted";
const REVOKED_FILE: PrivateFileRules = { ...TRUST_FILE, what: "list of revoked keys" };

/** The trusted keys. */
export class TrustStore {
  readonly #sources: TrustSources;
  readonly #folders: FolderOwnership;
  #entries: ReadonlyMap<string, TrustedKey> = new Map();
  #newest = 0;

  /**
   * Creates a store without keys; {@linkcode TrustStore.load} fills it. `folders` remembers what was
   * checked while the folders above the files could be read.
   */
  constructor(sources: TrustSources, folders: FolderOwnership = new FolderOwnership()) {
    this.#sources = sources;
    this.#folders = folders;
  }

  /** The number of trusted keys. */
  get size(): number {
    return this.#entries.size;
  }

  /** Returns the entry of a key. */
  get(keyid: string): TrustedKey | undefined {
    return this.#entries.get(keyid);
  }

  /** Returns all entries. */
  values(): Iterable<TrustedKey> {
    return this.#entries.values();
  }

  /**
   * Reads all sources again. Until it is done, the earlier keys stay trusted. The last of several
   * concurrent calls wins, because an earlier one may have read outdated files.
   * @throws {UserError} if a source is malformed; then no key is trusted
   * @throws {UserError} if another user could have written a source; then no key is trusted
   */
  async load(): Promise<void> {
    const own = ++this.#newest;
    let entries: ReadonlyMap<string, TrustedKey> = new Map(); // check: failed-reading
    try {
      entries = await this.#read();
    } finally {
      if (own === this.#newest) this.#entries = entries; // check: last-reading
    }
  }

  async #read(): Promise<ReadonlyMap<string, TrustedKey>> {
    const revoked = new Set<string>();
    for (const path of this.#revokedLists()) {
      const text = await readPrivateFile(path, REVOKED_FILE, this.#folders);
      parseNamed(path, () => parseRevokedKeys(text ?? "")).forEach((keyid) => revoked.add(keyid));
    }
    const entries = new Map<string, TrustedKey>();
    const parse = this.#sources.hubRights ? parseHubOperators : parseTrustFile;
    for (const { name, text } of await this.#texts()) {
      for (const entry of parseNamed(name, () => parse(text))) {
        addEntry(entries, entry, name);
      }
    }
    revoked.forEach((keyid) => entries.delete(keyid)); // check: revoked-key
    return entries;
  }

  /** Returns the default revocation lists, and the one beside each given file. */
  #revokedLists(): readonly string[] {
    const { given, revoked } = this.#sources;
    const files = given.filter((source) => !source.includes(PUBLIC_KEY_TAG));
    return [...revoked, ...files.map((file) => join(dirname(file), "revoked_keys"))];
  }

  async #texts(): Promise<{ name: string; text: string }[]> {
    const { baked, given, files } = this.#sources;
    const texts = baked.map((text) => ({ name: "the key in this executable", text }));
    for (const source of given) {
      if (KEY_LINE.test(source)) texts.push({ name: "--trust", text: source });
      else texts.push({ name: source, text: await this.#mustRead(source) });
    }
    for (const path of files) {
      const text = await readPrivateFile(path, TRUST_FILE, this.#folders);
      texts.push({ name: path, text: text ?? "" });
    }
    return texts;
  }

  async #mustRead(path: string): Promise<string> {
    const text = await readPrivateFile(path, TRUST_FILE, this.#folders);
    if (text !== undefined) return text; // check: trust-file
    const hint = `give the path of a file, or a key that begins with "${PUBLIC_KEY_TAG}"`;
    throw new UserError(`no such trust file: ${path}`, { hint });
  }
}

/**
 * Adds an entry. Refuses the same key with other rights, because either entry may be the stricter
 * one.
 */
function addEntry(entries: Map<string, TrustedKey>, entry: TrustedKey, name: string): void {
  const known = entries.get(entry.key.keyid);
  if (known && rightsOf(known) !== rightsOf(entry)) { // check: same-key-options
    throw new UserError(`${name}: line ${entry.line}: the key has other options in another entry`, {
      hint: NOBODY_TRUSTED,
    });
  }
  entries.set(entry.key.keyid, entry);
}

/** Returns one canonical text for equal rights, whatever their order in the file. */
function rightsOf(entry: TrustedKey): string {
  const { commands, users, noShell, hosts, expires, need, rights } = entry;
  const patterns = commands?.map(({ text }) => text);
  const atHub = rights && [...rights].sort();
  const target = hosts && printTarget(hosts);
  return JSON.stringify([patterns, users, noShell, target, expires, need, atHub]);
}

function parseNamed<T>(name: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error;
    throw new UserError(`${name}: ${error.message}`, { hint: NOBODY_TRUSTED, cause: error });
  }
}
