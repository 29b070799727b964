/**
 * The names in a folder of this machine, as what they are: the runtime puts U+FFFD in place of bytes that
 * are not UTF-8, and then names nothing, or something else.
 * @module
 */
import { UserError } from "./program/errors.ts";

const REPLACEMENT = "\ufffd";

/**
 * The names of all that is in `folder`, in order.
 * @throws {UserError} if one of them is not UTF-8
 * @throws {Error} what the runtime throws if it cannot be read
 */
export async function namesIn(folder: string): Promise<readonly string[]> {
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  names.sort();
  for (const [index, name] of names.entries()) {
    if (!name.includes(REPLACEMENT)) continue;
    if (name === names[index + 1] || !await isThere(`${folder}/${name}`)) {
      throw notUtf8(folder, name);
    }
  }
  return names;
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function notUtf8(folder: string, name: string): UserError {
  return new UserError(`cannot copy ${folder}: it holds a name that is not UTF-8: ${name}`, {
    hint: "rename it, or copy an archive: tar -cf FILE FOLDER",
  });
}
