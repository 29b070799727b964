/**
 * `setpriv` of util-linux: where it is, and the words that turn root into another user completely.
 * `Deno.Command({ uid })` is not enough: it leaves root's group, never sets the user's own
 * supplementary groups, and takes -1 and NaN for root. Needs `--allow-run` for setpriv.
 * @module
 */
import type { Account } from "./accounts.ts";
import { runTool } from "./run_tool.ts";

/** Options of `setpriv` that a busybox or an old util-linux has not. */
const NEEDED_OPTIONS: readonly string[] = ["--reuid", "--init-groups", "--pdeathsig"];

/** Finds a `setpriv` that can do what is needed. */
export async function findSetpriv(): Promise<string | undefined> {
  for (const path of ["/usr/bin/setpriv", "/bin/setpriv"]) {
    const answer = await runTool([path], ["--help"]);
    if (NEEDED_OPTIONS.every((option) => answer?.text.includes(option))) return path;
  }
  return undefined;
}

/**
 * Options for becoming `account`: user id, primary group and the supplementary groups of the user
 * database, none of root's capabilities. The user goes by name; the group id comes from the user
 * database and never from a request.
 */
export function identityOptions({ name, uid, gid }: Account): readonly string[] {
  const identity = [`--reuid=${name}`, `--regid=${gid}`, "--init-groups"];
  return uid === 0 ? identity : [...identity, "--inh-caps=-all"];
}

/**
 * Options that also take away the ways up again: no set-user-id program (`sudo`, `su`) gives the
 * process powers that `account` has not. Nothing for root, who needs no such way.
 */
export function confinementOptions({ uid }: Account): readonly string[] {
  return uid === 0 ? [] : ["--no-new-privs", "--bounding-set=-all"];
}

/** The words in front of a program by which `setpriv` does what `options` say. */
export function setprivWords(
  { setpriv }: { readonly setpriv: string | undefined },
  options: readonly string[],
): readonly string[] {
  return setpriv === undefined || options.length === 0 ? [] : [setpriv, ...options, "--"];
}
