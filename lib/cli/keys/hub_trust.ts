/**
 * Loads the operator keys that a hub trusts. The hub's own trust files, named `hub_operators`,
 * decide alone if there is one. Otherwise the hub trusts the keys that an agent on this machine
 * would trust. SIGHUP reads the files again; while a file is invalid, no key is trusted.
 * @module
 */
import { UserError } from "../../base/errors.ts";
import { FolderOwnership } from "../../base/private_folder.ts";
import { TrustStore } from "../../agent/admission/trust_store.ts";
import {
  type OperatorTrust,
  toOperator,
  type TrustedOperator,
} from "../../hub/operators/operator_trust.ts";
import type { TrustSource } from "../args/key_options.ts";
import { buildSettings } from "../process/build_info.ts";
import type { InstallationPaths } from "./installation_paths.ts";

/** The files that a hub reads. */
export type HubTrustPaths = Pick<
  InstallationPaths,
  "trustFiles" | "hubOperatorFiles" | "revocationFiles"
>;

/** The keys and paths from the command line, and the keys in the executable. */
export interface HubTrustKeys {
  /** Key lines or paths from the command line. */
  readonly given: readonly string[];
  /** Key lines built into the executable. */
  readonly baked: readonly string[];
}

/** The keys of one reading. */
interface LoadedKeys {
  readonly store: Pick<TrustStore, "get" | "size">;
  /** The own trust file that is named in hints. */
  readonly file: string;
  /** Whether the keys are from the hub's own trust files. */
  readonly own: boolean;
}

const NOBODY: LoadedKeys["store"] = { get: () => undefined, size: 0 };

/** The operators of a hub. */
export class HubTrust implements OperatorTrust {
  readonly #keys: HubTrustKeys;
  readonly #paths: HubTrustPaths;
  /** Kept between readings, because later the folders above the files cannot be read. */
  readonly #folders = new FolderOwnership();
  #loaded: LoadedKeys;
  #hadOwnFile = false;
  #newest = 0;

  /** Creates the trust of a hub, without keys; {@linkcode HubTrust.load} fills it. */
  constructor(keys: HubTrustKeys, paths: HubTrustPaths) {
    this.#keys = keys;
    this.#paths = paths;
    this.#loaded = this.#nobody();
  }

  /** The number of trusted keys. */
  get size(): number {
    return this.#loaded.store.size;
  }

  /** Returns the operator of a key, even if the key has expired. */
  get(keyid: string): TrustedOperator | undefined {
    const { store, ...origin } = this.#loaded;
    const entry = store.get(keyid);
    return entry && toOperator(entry, origin);
  }

  /**
   * Reads all files again. The last of several concurrent calls wins.
   * @throws {UserError} if a file is malformed, or another user could have written it; then no key
   * is trusted
   * @throws {UserError} if the own trust file is gone: without it other keys would be trusted
   */
  async load(): Promise<void> {
    const call = ++this.#newest;
    let loaded = this.#nobody(); // check: failed-hub-trust
    try {
      loaded = await this.#read();
    } finally {
      if (call === this.#newest) this.#loaded = loaded;
    }
  }

  async #read(): Promise<LoadedKeys> {
    const { trustFiles, hubOperatorFiles, revocationFiles: revoked } = this.#paths;
    const { given, baked } = this.#keys;
    const found = hubOperatorFiles.filter(exists);
    const [file] = found;
    if (file === undefined && this.#hadOwnFile) { // check: own-file-gone
      throw new UserError(`${hubOperatorFiles.join(" and ")}: no such file any more`, {
        hint: "put the file back, or restart the hub to trust the keys in trusted_keys",
      });
    }
    this.#hadOwnFile = file !== undefined;
    const own = file !== undefined;
    const store = new TrustStore(
      own // check: own-file-alone
        ? { baked: [], given, files: found, revoked, hubRights: true }
        : { baked, given, files: trustFiles, revoked },
      this.#folders,
    );
    await store.load();
    return { store, own, file: file ?? this.#defaultFile() };
  }

  #nobody(): LoadedKeys {
    return { store: NOBODY, file: this.#defaultFile(), own: true };
  }

  #defaultFile(): string {
    return this.#paths.hubOperatorFiles[0] ?? "hub_operators";
  }
}

/** Whether there is anything at `path`; a file that cannot be looked at must not be passed over. */
function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.NotFound);
  }
}

/**
 * Loads the keys of a hub's own trust files and of `--trust`; without such a file those of the trust
 * files that agents read.
 * @throws {UserError} as {@linkcode HubTrust.load} does
 */
export async function loadHubTrust(
  given: readonly TrustSource[],
  paths: InstallationPaths,
): Promise<HubTrust> {
  const sources = given.map((source) => source.kind === "file" ? source.path : source.line);
  const trust = new HubTrust({ given: sources, baked: buildSettings.keys }, paths);
  await trust.load();
  return trust;
}
