/**
 * Users of this host, from the system's user database (files, LDAP, ...) through `getent` and `id`.
 * Needs `--allow-run` for both.
 * @module
 */

import { runTool } from "./run_tool.ts";

/** A user of this host. */
export interface Account {
  /** The name to log in with. */
  readonly name: string;
  /** The user id. */
  readonly uid: number;
  /** The primary group. */
  readonly gid: number;
  /** The home folder; it need not exist. */
  readonly home: string;
}

/** The answer of the user database. */
export type AccountLookup =
  | { readonly kind: "found"; readonly account: Account }
  | { readonly kind: "unknown" }
  /** The lookup failed. */
  | { readonly kind: "unable"; readonly reason: string };

/** The user id that means "do not change" to the kernel. */
const NO_UID = 4_294_967_295;

/** The exit code of `getent` for a key that is not in the database. */
const GETENT_NOT_FOUND = 2;

/**
 * Whether `text` has the form of a user name. Numbers do not: `setpriv` and `getent` would read
 * them as user ids, and `-1` as root (the class of CVE-2019-14287).
 */
export function isUserName(text: string): boolean {
  return /^[a-z_][a-z0-9_-]{0,31}$/.test(text);
}

/** Finds a user by name; a text that is no user name is unknown. */
export async function findAccount(name: string): Promise<AccountLookup> {
  if (!isUserName(name)) return { kind: "unknown" };
  const lookup = await queryUserDatabase(name);
  // A directory may answer with another spelling. The checked name is then not the found one.
  return lookup.kind === "found" && lookup.account.name !== name ? { kind: "unknown" } : lookup;
}

/** Finds the user with the id `uid`. The id must be from the system, never from a request. */
export function findAccountById(uid: number): Promise<AccountLookup> {
  return queryUserDatabase(String(uid));
}

/**
 * Returns the ids of all groups of the user `name`, primary and supplementary; empty if unknown.
 */
export async function findGroups(name: string): Promise<ReadonlySet<number>> {
  const answer = await runTool(["/usr/bin/id", "/bin/id"], ["-G", "--", name]);
  if (answer?.code !== 0) return new Set();
  return new Set(answer.text.trim().split(" ").map(Number));
}

async function queryUserDatabase(key: string): Promise<AccountLookup> {
  const answer = await runTool(["/usr/bin/getent", "/bin/getent"], ["passwd", key]);
  if (answer === undefined) return { kind: "unable", reason: "getent cannot be run" };
  if (answer.code === GETENT_NOT_FOUND) return { kind: "unknown" };
  const account = answer.code === 0 ? parsePasswd(answer.text) : undefined;
  if (account !== undefined) return { kind: "found", account };
  return { kind: "unable", reason: answer.errorText || "getent gave no usable answer" };
}

/** Parses one line of passwd(5): `name:password:uid:gid:comment:home:shell`. */
function parsePasswd(text: string): Account | undefined {
  const [name = "", , uidText = "", gidText = "", , home = ""] = text.trimEnd().split(":");
  const [uid, gid] = [parseId(uidText), parseId(gidText)];
  if (name === "" || uid === undefined || gid === undefined) return undefined;
  return { name, uid, gid, home: home.startsWith("/") ? home : "/" };
}

function parseId(text: string): number | undefined {
  return /^\d{1,10}$/.test(text) && Number(text) < NO_UID ? Number(text) : undefined;
}
