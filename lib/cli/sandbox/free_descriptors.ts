/**
 * Finds out how many file descriptors this process may still open. Deno does not tell the limit, and
 * a listener that runs into it stops accepting connections without an error.
 * @module
 */

/** How many descriptors stay free for the store, for files and for connections that just end. */
const SPARE = 48;

/**
 * Returns how many connections the process can accept now, at most `atMost`. Opens the readable
 * `path` as often as that for some milliseconds; nothing else runs meanwhile. `path` must not be a
 * database: closing it would drop the locks of the process.
 */
export function freeDescriptors(path: string, atMost: number): number {
  const files: Deno.FsFile[] = [];
  try {
    while (files.length < atMost + SPARE) files.push(Deno.openSync(path));
    return atMost;
  } catch {
    return Math.max(0, files.length - SPARE);
  } finally {
    for (const file of files) file.close();
  }
}
