/**
 * The operators that a hub trusts, with their rights. The hub asks at a login and at every call, so
 * that a key that was removed, or that expires, loses its rights at once.
 * @module
 */
import { fingerprint, type PublicKey } from "../../envelope/keys/public_key.ts";
import { HUB_RIGHTS, type HubRight } from "../../envelope/trust/hub_rights.ts";
import { isUnrestricted } from "../../envelope/trust/key_restrictions.ts";
import type { TrustedKey } from "../../envelope/trust/trust_file.ts";

/** An operator whose key the hub trusts. */
export interface TrustedOperator {
  /** The key. */
  readonly key: PublicKey;
  /** The comment behind the key, for people. */
  readonly comment: string;
  /** The rights at this hub. */
  readonly rights: ReadonlySet<HubRight>;
  /** Whether the key has no restrictions, so that agents run every command of it. */
  readonly isUnrestricted: boolean;
  /** The moment from which the key is not trusted, in Unix seconds; never if absent. */
  readonly expires?: number;
  /** The file in which an administrator gives rights to this key. */
  readonly file: string;
}

/** Looks up operators. The answer changes when the trust files are read again. */
export interface OperatorTrust {
  /** Returns the operator of a key, even if the key has expired. */
  get(keyid: string): TrustedOperator | undefined;
}

/** Trusts no key. */
export const NO_OPERATORS: OperatorTrust = { get: () => undefined };

/** The origin of an entry. */
export interface EntryOrigin {
  /** The file in which an administrator gives rights. */
  readonly file: string;
  /** Whether the entry is in the hub's own trust file, which agents do not read. */
  readonly own: boolean;
}

/** Returns the operator of an entry of a trust file. */
export function toOperator(entry: TrustedKey, { file, own }: EntryOrigin): TrustedOperator {
  const { key, comment, expires } = entry;
  return {
    ...{ key, comment, file, isUnrestricted: isUnrestricted(entry) },
    rights: own ? rightsInOwnFile(entry) : rightsInSharedFile(entry),
    ...(expires !== undefined && { expires }),
  };
}

/** Without options for rights a key has `run` alone: its own jobs. */
function rightsInOwnFile({ rights }: TrustedKey): ReadonlySet<HubRight> {
  return new Set(rights ?? ["run"]); // check: default-rights
}

/** Agents let a key without restrictions do everything, and so does the hub. */
function rightsInSharedFile(entry: TrustedKey): ReadonlySet<HubRight> {
  return new Set(isUnrestricted(entry) ? HUB_RIGHTS : ["run"]); // check: restricted-rights
}

/** Whether the key has expired at `nowMs`, in Unix milliseconds. */
export function hasExpired({ expires }: TrustedOperator, nowMs: number): boolean {
  return expires !== undefined && nowMs >= expires * 1_000;
}

/** Whether two entries of one key mean the same to a hub. */
export function isSameOperator(one: TrustedOperator, other: TrustedOperator): boolean {
  return one.isUnrestricted === other.isUnrestricted && one.expires === other.expires &&
    rightsText(one.rights) === rightsText(other.rights);
}

/** Returns the rights as options of a trust file. */
export function rightsText(rights: ReadonlySet<HubRight>): string {
  return HUB_RIGHTS.filter((right) => rights.has(right)).join(",");
}

/** Names an operator in a log line: `alice (SHA256:…)`. */
export function operatorName({ key, comment }: Pick<TrustedOperator, "key" | "comment">): string {
  return `${comment || "operator"} (${fingerprint(key)})`;
}
