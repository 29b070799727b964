/**
 * Who may use a hub's control socket: its owner, and a group if one is named.
 * @module
 */
import { UserError } from "./errors.ts";

const GROUPS = "/etc/group";

/**
 * Looks up the group called `name`.
 * @returns its number
 * @throws {UserError} if there is no such group
 */
export async function findGroupId(name: string): Promise<number> {
  for (const line of (await Deno.readTextFile(GROUPS)).split("\n")) {
    const [group, _password, gid] = line.split(":");
    if (group === name && /^\d+$/.test(gid ?? "")) return Number(gid);
  }
  throw new UserError(`there is no group ${name} in ${GROUPS}`, {
    hint: "name one that the operators are in",
  });
}

/** Lets the owner of the socket at `path` use it, and the group of this number. */
export async function shareControl(path: string, gid: number | undefined): Promise<void> {
  if (gid === undefined) return await Deno.chmod(path, 0o600);
  await Deno.chown(path, null, gid);
  await Deno.chmod(path, 0o660);
}
