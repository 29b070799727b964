/**
 * Checks that a process is nothing but the user it should be.
 * Pure. May import `accounts.ts` for a type.
 * @module
 */

import type { Account } from "./accounts.ts";

/** The four user or group ids of a process: real, effective, saved, file system. */
const IDS = 4;

/** Sets of capabilities that a process of an ordinary user has not. */
const CAPABILITY_SETS = ["CapInh", "CapPrm", "CapEff", "CapAmb"] as const;

/**
 * Reads `/proc/PID/status` (proc(5)) and says what of that process does not belong to `account`,
 * whose groups are `groups`; `undefined` when nothing is left over and nothing is missing.
 */
export function objectToCredentials(
  status: string,
  account: Account,
  groups: ReadonlySet<number>,
): string | undefined {
  const fields = parseStatus(status);
  const own = new Set([...numbersOf(fields, "Gid"), ...numbersOf(fields, "Groups")]);
  return objectToIds("user", numbersOf(fields, "Uid"), account.uid) ??
    objectToIds("group", numbersOf(fields, "Gid"), account.gid) ??
    objectToGroups(own, new Set([...groups, account.gid])) ??
    (account.uid === 0 ? undefined : objectToCapabilities(fields));
}

function parseStatus(status: string): ReadonlyMap<string, string> {
  const lines = status.split("\n").map((line) => line.split(":\t"));
  return new Map(lines.map(([name = "", value = ""]) => [name, value.trim()]));
}

function numbersOf(fields: ReadonlyMap<string, string>, name: string): readonly number[] {
  return (fields.get(name) ?? "").split(/\s+/).filter((word) => word !== "").map(Number);
}

function objectToIds(what: string, ids: readonly number[], id: number): string | undefined {
  if (ids.length === IDS && ids.every((own) => own === id)) return undefined;
  return `its ${what} ids are ${ids.join(", ") || "unknown"} and not all ${id}`;
}

function objectToGroups(
  own: ReadonlySet<number>,
  wanted: ReadonlySet<number>,
): string | undefined {
  const extra = [...own.difference(wanted)];
  if (extra.length > 0) return `it is still in group ${extra.join(", ")}`;
  const missing = [...wanted.difference(own)];
  return missing.length > 0 ? `it is not in group ${missing.join(", ")}` : undefined;
}

function objectToCapabilities(fields: ReadonlyMap<string, string>): string | undefined {
  const held = CAPABILITY_SETS.find((name) => !/^0+$/.test(fields.get(name) ?? ""));
  return held === undefined ? undefined : `it may still hold capabilities (${held})`;
}
