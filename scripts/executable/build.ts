/**
 * Makes the executables of both programs for one or more platforms, and runs what it made.
 * @module
 */

import { join } from "node:path";
import type { Baked } from "../../lib/cli/baked.ts";
import { userFolders } from "../../lib/cli/folders.ts";
import {
  permissionFlags,
  type PermissionScope,
  type Program,
  programNames,
} from "../../lib/cli/permissions.ts";
import { bundle } from "./bundle.ts";
import { BuildError } from "./errors.ts";
import { writeNative } from "./native.ts";
import { denoFor, hostTarget } from "./platforms.ts";
import { compress, writePortable } from "./portable.ts";
import { makeTrialFolder, tryPair, tryVersion } from "./trial.ts";

/** What to make. */
export interface BuildOptions {
  /** The paths of the main modules. */
  readonly entries: Readonly<Record<Program, string>>;
  /** The folder for the executables; made if missing. */
  readonly out: string;
  /** `native` or `portable`; by default native where it is possible, portable otherwise. */
  readonly form?: Form;
  /** Platforms, as `deno compile --target` names them. */
  readonly targets: readonly string[];
  /** The only peers of agents, as for {@linkcode permissionFlags}. */
  readonly allowNet?: readonly string[];
  /** The only programs that agents may start. */
  readonly allowRun?: readonly string[];
  /** Home folders of those who will run a native executable, which must know them beforehand. */
  readonly homes: readonly string[];
  /** Paths of the sockets that a native executable may use. */
  readonly sockets: readonly string[];
  /** Told what a person should know, a line at a time. */
  readonly report: (line: string) => void;
}

/** What kind of file an executable is. */
export type Form = "native" | "portable";

const PROGRAMS = ["exec", "trigger"] as const;

/** One program on its way. */
interface Part {
  readonly program: Program;
  /** Its main module in the source. */
  readonly entry: string;
  /** All of it as one script. */
  readonly script: Uint8Array;
  /** The executable. */
  readonly path: string;
}

/**
 * Makes all executables, and runs those that are for this machine.
 * @throws {BuildError} if one cannot be made or does not work; then none of that platform is left
 */
export async function build(options: BuildOptions): Promise<void> {
  await Deno.mkdir(options.out, { recursive: true });
  for (const target of options.targets) {
    const parts = await Promise.all(PROGRAMS.map((program) => prepare(program, target, options)));
    await removeAll(parts);
    try {
      const form = await makeAndTry(parts, target, options);
      for (const { path } of parts) options.report(`${path}: ${form}, ${await sizeOf(path)}`);
    } catch (error) {
      await removeAll(parts);
      throw error;
    }
  }
}

async function prepare(program: Program, target: string, options: BuildOptions): Promise<Part> {
  const suffix = target === hostTarget ? "" : `-${target}`;
  const entry = options.entries[program];
  const baked: Baked = {
    keys: [],
    permissions: permissionFlags(program, scopeOf(program, options)),
  };
  const path = join(options.out, `${programNames[program]}${suffix}`);
  return { program, entry, script: await bundle({ entry, baked }), path };
}

async function makeAndTry(
  parts: readonly Part[],
  target: string,
  options: BuildOptions,
): Promise<Form> {
  if (options.form !== "portable") {
    try {
      await makeNative(parts, target, options);
      await tryAll(parts, target, { ...options, form: "native" });
      options.report(`only users at home in ${options.homes.join(", ")} can keep files (--home)`);
      return "native";
    } catch (error) {
      if (options.form === "native" || !(error instanceof BuildError)) throw error;
      options.report(`no native executables, so portable ones are made: ${error.message}`);
      await removeAll(parts);
    }
  }
  await makePortable(parts, target, options);
  await tryAll(parts, target, { ...options, form: "portable" });
  return "portable";
}

async function makeNative(
  parts: readonly Part[],
  target: string,
  options: BuildOptions,
): Promise<void> {
  for (const { program, script, path } of parts) {
    await writeNative(path, { script, target, flags: nativeFlags(program, options) });
  }
}

async function makePortable(
  parts: readonly Part[],
  target: string,
  options: BuildOptions,
): Promise<void> {
  const deno = await compress(await Deno.readFile(await denoFor(target)));
  for (const { program, script, path } of parts) {
    const main = await compress(script);
    await writePortable(path, { program, deno, main, ...scopeOf(program, options) });
  }
}

async function tryAll(
  parts: readonly Part[],
  target: string,
  options: BuildOptions,
): Promise<void> {
  if (target !== hostTarget) {
    return options.report(`executables for ${target} cannot be tried on this machine`);
  }
  // A native executable can only write where it was told to at the build.
  await using folder = await makeTrialFolder(
    options.form === "native" ? options.homes[0] : undefined,
  );
  for (const { path, entry } of parts) await tryVersion(path, entry, folder);
  if (options.allowNet || options.allowRun) {
    return options.report("with permissions as narrow as these, only --version was tried");
  }
  const [agent, trigger] = parts;
  if (agent && trigger) await tryPair(agent.path, trigger.path, folder);
}

/** What narrows the permissions in every form: those of agents, for a trigger listens to them. */
function scopeOf(
  program: Program,
  { allowNet, allowRun }: BuildOptions,
): Pick<PermissionScope, "allowNet" | "allowRun"> {
  if (program === "trigger") return {};
  return { ...(allowNet ? { allowNet } : {}), ...(allowRun ? { allowRun } : {}) };
}

/** Nothing can be added when a native executable starts, so it has the folders of several users. */
function nativeFlags(program: Program, options: BuildOptions): string[] {
  const folders = options.homes.flatMap((HOME) => userFolders({ HOME }) ?? []);
  const config = folders.map((pair) => pair.config);
  const state = folders.map((pair) => pair.state);
  return permissionFlags(program, {
    ...scopeOf(program, options),
    sockets: options.sockets,
    readable: program === "exec" ? config : [],
    writable: program === "exec" ? state : [...config, ...state],
  });
}

async function removeAll(parts: readonly Part[]): Promise<void> {
  for (const { path } of parts) {
    await Deno.remove(path).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
}

async function sizeOf(path: string): Promise<string> {
  return `${((await Deno.stat(path)).size / 1e6).toFixed(1)} MB`;
}
