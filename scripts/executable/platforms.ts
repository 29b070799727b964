/**
 * The platforms that an executable can be made for, and where each one's Deno comes from.
 * @module
 */

import { join } from "node:path";
import { runDeno } from "./deno_command.ts";
import { BuildError } from "./errors.ts";

/**
 * Deno's name of a platform, and the npm package that holds its Deno, if portable executables (which
 * are shell scripts) make sense there.
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
 * Finds the Deno for `target` in the version of this one; on the host's platform that is this one.
 * Others come from npm through Deno's own package cache, which checks their integrity.
 * @returns the path of the program
 * @throws {BuildError} if there is none
 */
export async function denoFor(target: string): Promise<string> {
  if (target === hostTarget) return Deno.execPath();
  const name = PACKAGES.get(target);
  if (name === undefined) {
    const hint = "executables for it need deno compile, on a machine that can download denort";
    throw new BuildError(`no portable form for ${target}`, { hint });
  }
  return await fetchDeno(name, Deno.version.deno);
}

/**
 * Downloads the npm package `name` with a Deno in it, unless it is there already.
 * @throws {BuildError} if the registry does not have it
 */
export async function fetchDeno(name: string, version: string): Promise<string> {
  const { success, stderr } = await runDeno(["cache", "--no-config", `npm:${name}@${version}`]);
  if (!success) {
    const hint = /^error: (.*)/m.exec(stderr)?.[1] ?? "";
    throw new BuildError(`cannot get npm:${name}@${version}`, { cause: stderr, hint });
  }
  const { stdout } = await runDeno(["info", "--json"]);
  const { npmCache } = JSON.parse(stdout);
  for await (const registry of Deno.readDir(npmCache)) {
    const path = join(npmCache, registry.name, name, version, "deno");
    if (await Deno.stat(path).then((info) => info.isFile, () => false)) return path;
  }
  throw new BuildError(`npm:${name}@${version} has no Deno in it`);
}
