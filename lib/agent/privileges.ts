/**
 * The options of `setpriv` (util-linux) that turn root into another user, completely.
 * Pure. May import `accounts.ts` for a type.
 *
 * `Deno.Command({ uid })` will not do: it leaves root's group, never sets the user's own
 * supplementary groups, and takes -1 and NaN for root.
 * @module
 */

import type { Account } from "./accounts.ts";

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
