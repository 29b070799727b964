/**
 * Provides a small disk that fills up quickly; needs root.
 * @module
 */

/** Whether this process may mount one. */
export async function canMount(): Promise<boolean> {
  if (Deno.uid() !== 0) return false;
  const folder = await Deno.makeTempDir();
  try {
    return await mount(folder) && await system("umount", folder);
  } finally {
    await Deno.remove(folder);
  }
}

/** Runs `act` with an empty folder that holds no more than `kilobytes`. */
export async function onSmallDisk(
  kilobytes: number,
  act: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  if (!await mount(folder, kilobytes)) throw new Error("cannot mount a tmpfs");
  try {
    await act(folder);
  } finally {
    await system("umount", folder);
    await Deno.remove(folder);
  }
}

/** Writes to a new file at `path` until the disk is full. */
export async function fillDisk(path: string): Promise<void> {
  using file = await Deno.open(path, { create: true, write: true });
  try {
    while (true) await file.write(new Uint8Array(4_096));
  } catch (error) {
    if (!/No space left/.test(String(error))) throw error;
  }
}

function mount(folder: string, kilobytes = 512): Promise<boolean> {
  const options = `size=${kilobytes}k,mode=0700`;
  return system("mount", "-t", "tmpfs", "-o", options, "tmpfs", folder);
}

async function system(program: string, ...args: readonly string[]): Promise<boolean> {
  try {
    return (await new Deno.Command(program, { args: [...args], stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}
