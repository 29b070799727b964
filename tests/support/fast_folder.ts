/**
 * Provides a folder for tests that write to disk often: in memory, if the system has such a folder.
 * @module
 */

/** Runs `act` with the path of a new folder, which is removed at the end. */
export async function inFastFolder(act: (path: string) => Promise<void> | void): Promise<void> {
  const memory = await Deno.stat("/dev/shm").catch(() => undefined);
  const path = await Deno.makeTempDir(memory?.isDirectory ? { dir: "/dev/shm" } : {});
  try {
    await act(path);
  } finally {
    await Deno.remove(path, { recursive: true });
  }
}
