/**
 * Bundles a program and its imports into one JavaScript file, with the data of the build in it.
 * @module
 */

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { BuildSettings } from "../../lib/cli/process/build_info.ts";
import { runDeno } from "./deno_command.ts";
import { BuildError } from "./errors.ts";

const ROOT = new URL("../../", import.meta.url);

/** The content of a bundle. */
export interface BundleOptions {
  /** The path of the program's main module. */
  readonly entry: string;
  /** The data that replaces `lib/cli/process/baked.json`. */
  readonly baked: BuildSettings;
}

/**
 * Bundles a program.
 * @returns the bytes of the script; it imports nothing but `node:` built-ins
 * @throws {BuildError} if `deno bundle` fails
 */
export async function bundle(options: BundleOptions): Promise<Uint8Array<ArrayBuffer>> {
  const folder = await Deno.makeTempDir({ prefix: "nanoexec-bundle-" });
  try {
    const script = join(folder, "bundle.js");
    const importMap = await writeImportMap(folder, options.baked);
    const { success, stderr } = await runDeno([
      "bundle",
      "--quiet",
      "--platform=deno",
      "--minify", // it starts faster
      "--keep-names", // names of errors are shown to people
      `--config=${new URL("deno.json", ROOT).pathname}`,
      `--import-map=${importMap}`,
      `--output=${script}`,
      options.entry,
    ]);
    if (success) return await Deno.readFile(script);
    throw new BuildError(`cannot bundle ${options.entry}`, {
      cause: stderr,
      hint: lastLine(stderr),
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Writes the project's import map with one more rule, by which `baked` replaces the empty data. */
async function writeImportMap(folder: string, baked: BuildSettings): Promise<string> {
  const data = join(folder, "baked.json");
  await Deno.writeTextFile(data, JSON.stringify(baked));
  const { imports } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  const empty = new URL("lib/cli/process/baked.json", ROOT).href;
  const map = { imports: { ...imports, [empty]: pathToFileURL(data).href } };
  const path = join(folder, "import_map.json");
  await Deno.writeTextFile(path, JSON.stringify(map));
  return path;
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
