/**
 * A user of this host for the duration of one test; needs root and `useradd`.
 * @module
 */

/** A user that is removed when it is disposed of. */
export interface TemporaryUser extends AsyncDisposable {
  readonly name: string;
}

/** Adds a user without a home folder, in the existing `groups` and a group of the same name. */
export async function temporaryUser(groups: readonly string[]): Promise<TemporaryUser> {
  const name = `nx${crypto.randomUUID().slice(0, 8)}`;
  await command("/usr/sbin/useradd", "--system", "--user-group", `--groups=${groups}`, name);
  return { name, [Symbol.asyncDispose]: () => command("/usr/sbin/userdel", name) };
}

async function command(path: string, ...args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(path, { args: [...args] }).output();
  if (!success) throw new Error(`${path}: ${new TextDecoder().decode(stderr)}`);
}
