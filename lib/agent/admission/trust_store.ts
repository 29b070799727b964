/**
 * The keys that the agent trusts: keys baked into the executable, given on the command line or
 * listed in trust files, less the revoked ones. One error in any source, and no key is trusted.
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
  parseRevokedKeys,
  parseTrustFile,
  type TrustedKey,
} from "../../envelope/trust/trust_file.ts";
import { printTarget } from "../../nodeset/mod.ts";

/** Where trust comes from. */
export interface TrustSources {
  /** Key lines that were baked in. */
  readonly baked: readonly string[];
  /** Given on the command line: each a key line or the path of a file, which must be there. */
  readonly given: readonly string[];
  /** Files that are read where they exist. */
  readonly files: readonly string[];
  /** Lists of revoked keys, read where they exist. */
  readonly revoked: readonly string[];
}

/** Tells a key line from a path, whatever options stand in front of the key. */
const KEY_LINE = new RegExp(`${PUBLIC_KEY_TAG}[ \\t]`);

const TRUST_FILE: PrivateFileRules = {
  what: "trust file",
  secret: false,
  maxBytes: MAX_TRUST_FILE_LENGTH,
};
const NOBODY_TRUSTED = "nobody is trusted until this is mended";
const REVOKED_FILE: PrivateFileRules = { ...TRUST_FILE, what: "list of revoked keys" };

/** The trusted keys. */
export class TrustStore {
  readonly #sources: TrustSources;
  readonly #folders = new FolderOwnership();
  #entries: ReadonlyMap<string, TrustedKey> = new Map();
  #newest = 0;

  /** Makes a store that trusts nobody until {@linkcode TrustStore.load}. */
  constructor(sources: TrustSources) {
    this.#sources = sources;
  }

  /** How many keys are trusted. */
  get size(): number {
    return this.#entries.size;
  }

  /** The entry of a key. */
  get(keyid: string): TrustedKey | undefined {
    return this.#entries.get(keyid);
  }

  /** All entries. */
  values(): Iterable<TrustedKey> {
    return this.#entries.values();
  }

  /**
   * Reads all sources anew. Until that is done, those are trusted who were. Of several calls at once
   * the last one decides, since an earlier one may have read what has been changed since.
   * @throws {UserError} if any source is not in order; nobody is trusted then
   * @throws {UserError} if others could have written one; nobody is trusted then
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
    for (const { name, text } of await this.#texts()) {
      for (const entry of parseNamed(name, () => parseTrustFile(text))) {
        addEntry(entries, entry, name);
      }
    }
    revoked.forEach((keyid) => entries.delete(keyid)); // check: revoked-key
    return entries;
  }

  /** The usual lists, and the one beside each file that was given. */
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
    const hint = `a key begins with "${PUBLIC_KEY_TAG}"; anything else is the path of a file`;
    throw new UserError(`there is no trust file ${path}`, { hint });
  }
}

/** The same key in two sources may be less free in one of them, so neither can be ignored. */
function addEntry(entries: Map<string, TrustedKey>, entry: TrustedKey, name: string): void {
  const known = entries.get(entry.key.keyid);
  if (known && rightsOf(known) !== rightsOf(entry)) { // check: same-key-options
    throw new UserError(`${name}: line ${entry.line}: the key has other options elsewhere`, {
      hint: NOBODY_TRUSTED,
    });
  }
  entries.set(entry.key.keyid, entry);
}

/** One text for the same rights, in whatever order they were written. */
function rightsOf({ commands, users, noShell, hosts, expires, need }: TrustedKey): string {
  const patterns = commands?.map(({ text }) => text);
  return JSON.stringify([patterns, users, noShell, hosts && printTarget(hosts), expires, need]);
}

function parseNamed<T>(name: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error;
    throw new UserError(`${name}: ${error.message}`, { hint: NOBODY_TRUSTED, cause: error });
  }
}
