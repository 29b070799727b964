/**
 * The platforms of executables, and the source of the Deno of each.
 * @module
 */

import { join } from "node:path";
import { runDeno } from "./deno_command.ts";
import { BuildError } from "./errors.ts";

/**
 * The npm package with the Deno of each platform; `undefined` where portable executables, which are
 * shell scripts, cannot run.
 */
const PACKAGES: ReadonlyMap<string, string | undefined> = new Map([
  ["x86_64-unknown-linux-gnu", "@deno/linux-x64-glibc"],
  ["aarch64-unknown-linux-gnu", "@deno/linux-arm64-glibc"],
  ["x86_64-apple-darwin", "@deno/darwin-x64"],
  ["aarch64-apple-darwin", "@deno/darwin-arm64"],
  ["x86_64-pc-windows-msvc", undefined],
]);

/** The platform of this machine. */
export const hostTarget: string = Deno.build.target;

/** The names that {@linkcode denoFor} and `deno compile --target` know. */
export const targets: readonly string[] = [...PACKAGES.keys()];

/**
 * Finds the Deno for `target` in the running version. Those of other platforms come from npm
 * through Deno's package cache, which checks their integrity.
 * @returns the path of the program
 * @throws {BuildError} if there is none
 */
export async function denoFor(target: string): Promise<string> {
  if (target === hostTarget) return Deno.execPath();
  const name = PACKAGES.get(target);
  if (name === undefined) {
    const hint = "use --native on a machine that can download denort";
    throw new BuildError(`no portable form for ${target}`, { hint });
  }
  return await fetchDeno(name, Deno.version.deno);
}

/**
 * Downloads the npm package `name`, which contains Deno, unless it is cached.
 * @throws {BuildError} if the download fails
 */
export async function fetchDeno(name: string, version: string): Promise<string> {
  const { success, stderr } = await runDeno(["cache", "--no-config", `npm:${name}@${version}`]);
  if (!success) {
    const hint = /^error: (.*)/m.exec(stderr)?.[1] ?? "";
    throw new BuildError(`cannot download npm:${name}@${version}`, { cause: stderr, hint });
  }
  const { stdout } = await runDeno(["info", "--json"]);
  const { npmCache } = JSON.parse(stdout);
  for await (const registry of Deno.readDir(npmCache)) {
    const path = join(npmCache, registry.name, name, version, "deno");
    if (await Deno.stat(path).then((info) => info.isFile, () => false)) return path;
  }
  throw new BuildError(`npm:${name}@${version} does not contain deno`);
}
