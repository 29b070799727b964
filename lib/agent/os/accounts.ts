/**
 * Finds users of this host in the system's user database (files, LDAP, ...) through `getent` and
 * `id`, and returns the words that change from root to another user completely, with `setpriv` of
 * util-linux. `Deno.Command({ uid })` is not enough: it leaves root's group, never sets the user's
 * supplementary groups, and treats -1 and NaN as root. Needs `--allow-run` for the three programs.
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
  if (answer === undefined) return { kind: "unable", reason: "cannot run getent" };
  if (answer.code === GETENT_NOT_FOUND) return { kind: "unknown" };
  const account = answer.code === 0 ? parsePasswd(answer.text) : undefined;
  if (account !== undefined) return { kind: "found", account };
  return { kind: "unable", reason: answer.errorText || "getent printed no valid entry" };
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

/** Options of `setpriv` that busybox and old versions of util-linux lack. */
const NEEDED_OPTIONS: readonly string[] = ["--reuid", "--init-groups", "--pdeathsig"];

/** The problem of a host without such a `setpriv`, for messages. */
export const NO_SETPRIV = "this host has no setpriv of util-linux 2.33 or later";

/** Finds a `setpriv` with the needed options. */
export async function findSetpriv(): Promise<string | undefined> {
  for (const path of ["/usr/bin/setpriv", "/bin/setpriv"]) {
    const answer = await runTool([path], ["--help"]);
    if (NEEDED_OPTIONS.every((option) => answer?.text.includes(option))) return path;
  }
  return undefined;
}

/**
 * Returns options for changing to `account`: user id, primary group, the supplementary groups of
 * the user database, and no capabilities. The user is given by name. The group id is from the user
 * database, never from a request.
 */
export function identityOptions({ name, uid, gid }: Account): readonly string[] {
  const identity = [`--reuid=${name}`, `--regid=${gid}`, "--init-groups"];
  return uid === 0 ? identity : [...identity, "--inh-caps=-all"];
}

/**
 * Returns options that also prevent regaining privileges: set-user-id programs (`sudo`, `su`) have
 * no effect. Empty for root.
 */
export function confinementOptions({ uid }: Account): readonly string[] {
  return uid === 0 ? [] : ["--no-new-privs", "--bounding-set=-all"];
}

/** Returns the words that make `setpriv` apply `options` to a program. */
export function setprivWords(
  { setpriv }: { readonly setpriv: string | undefined },
  options: readonly string[],
): readonly string[] {
  return setpriv === undefined || options.length === 0 ? [] : [setpriv, ...options, "--"];
}
