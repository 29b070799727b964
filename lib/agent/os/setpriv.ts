/**
 * Finds `setpriv` of util-linux, and returns the words that change from root to another user
 * completely. `Deno.Command({ uid })` is not enough: it leaves root's group, never sets the user's
 * supplementary groups, and treats -1 and NaN as root. Needs `--allow-run` for setpriv.
 * @module
 */
import type { Account } from "./accounts.ts";
import { runTool } from "./run_tool.ts";

/** Options of `setpriv` that busybox and old versions of util-linux lack. */
const NEEDED_OPTIONS: readonly string[] = ["--reuid", "--init-groups", "--pdeathsig"];

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
