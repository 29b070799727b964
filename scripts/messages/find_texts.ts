/**
 * Finds the texts of all source files in some folders.
 * @module
 */

import { join } from "node:path";
import { filesUnder } from "../mutate/marker.ts";
import { type UserText, userTexts } from "./user_texts.ts";

/** Returns the texts of the files in `folders` below `root`, sorted by file and line. */
export async function findTexts(
  folders: readonly string[],
  root: string = ".",
): Promise<readonly UserText[]> {
  const texts: UserText[] = [];
  for (const folder of folders) {
    for (const file of await filesUnder(root, folder)) {
      if (!file.endsWith(".ts")) continue;
      texts.push(...userTexts(file, await Deno.readTextFile(join(root, file))));
    }
  }
  return texts;
}
