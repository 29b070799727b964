/**
 * The keys that agent names are pinned to.
 * @module
 */
import type { PublicKey } from "./public_key.ts";

/** The key of each agent name, as far as it is known; a `Map` keeps them for this process only. */
export interface PinnedKeys {
  /** The key of a name. */
  get(name: string): PublicKey | undefined;
  /** Remembers the key of a name that was seen for the first time. */
  set(name: string, key: PublicKey): unknown;
  /** Keeps the keys of these names for later processes, because a job is sent to them. */
  keep?(names: readonly string[]): void;
}
