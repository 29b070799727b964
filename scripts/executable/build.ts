/**
 * Makes the executables of both programs for one or more platforms, and tests them.
 * @module
 */

import { join } from "node:path";
import type { BuildSettings } from "../../lib/cli/process/build_info.ts";
import {
  groupSourcePath,
  type ProgramFolders,
  userFolders,
} from "../../lib/cli/sandbox/folders.ts";
import {
  LOCAL_SHELL,
  permissionFlags,
  type PermissionScope,
  type Program,
  programNames,
} from "../../lib/cli/sandbox/permissions.ts";
import type { BuildKeys } from "./build_keys.ts";
import { bundle } from "./bundle.ts";
import { BuildError } from "./errors.ts";
import { HEAP_FLAGS } from "./heap_flags.ts";
import { writeNative } from "./native.ts";
import { denoFor, hostTarget } from "./platforms.ts";
import { compress, writePortable } from "./portable.ts";
import {
  type Executable,
  makeSmokeTestFolder,
  type SmokeTestFolder,
  testPair,
  testVersion,
} from "./smoke_test.ts";

/** The settings of a build. */
export interface BuildOptions extends BuildKeys {
  /** The paths of the main modules. */
  readonly entries: Readonly<Record<Program, string>>;
  /** The output folder; made if missing. */
  readonly out: string;
  /** `native` or `portable`; by default native where it is possible, portable otherwise. */
  readonly form?: Form;
  /** Platforms, as `deno compile --target` names them. */
  readonly targets: readonly string[];
  /** The URL that agents dial by default. */
  readonly url?: string;
  /** The only peers that agents may connect to, as for {@linkcode permissionFlags}. */
  readonly allowNet?: readonly string[];
  /** The only programs that agents may start. */
  readonly allowRun?: readonly string[];
  /** Home folders of the users of a native executable, whose permissions are fixed at the build. */
  readonly homes: readonly string[];
  /** Paths of the sockets that a native executable may use. */
  readonly sockets: readonly string[];
  /** Receives messages for the user, one line each. */
  readonly report: (line: string) => void;
}

/** The form of an executable. */
export type Form = "native" | "portable";

/** A build in one form for one platform. */
interface Job extends BuildOptions {
  readonly form: Form;
  readonly target: string;
}

/** One program of a build. */
interface Part extends Executable {
  readonly program: Program;
  /** The whole program as one script. */
  readonly script: Uint8Array;
}

/**
 * Makes all executables, and tests those for this machine.
 * @throws {BuildError} if one cannot be made or does not work; then none of that platform is left
 */
export async function build(options: BuildOptions): Promise<void> {
  await Deno.mkdir(options.out, { recursive: true });
  for (const target of options.targets) {
    const form = await makeSomeForm(target, options);
    for (const program of ["exec", "trigger"] as const) {
      const path = pathOf(program, target, options);
      options.report(`${path}: ${form}, ${await sizeOf(path)}`);
    }
  }
}

async function makeSomeForm(target: string, options: BuildOptions): Promise<Form> {
  if (options.form !== "portable") {
    try {
      return await make({ ...options, target, form: "native" });
    } catch (error) {
      if (options.form === "native" || !(error instanceof BuildError)) throw error;
      options.report(`native form failed, making the portable form: ${error.message}`);
    }
  }
  return await make({ ...options, target, form: "portable" });
}

async function make(job: Job): Promise<Form> {
  const parts = { exec: await prepare("exec", job), trigger: await prepare("trigger", job) };
  const both = Object.values(parts);
  await removeAll(both);
  try {
    await (job.form === "native" ? makeNative(both, job) : makePortable(both, job));
    await testAll(parts, job);
  } catch (error) {
    await removeAll(both);
    throw error;
  }
  if (job.form === "native") {
    job.report(`only users with a home in ${job.homes.join(", ")} can write files (--home)`);
  }
  return job.form;
}

async function prepare(program: Program, job: Job): Promise<Part> {
  const entry = job.entries[program];
  const baked = bakedFor(program, job);
  const script = await bundle({ entry, baked });
  return { program, entry, baked, script, path: pathOf(program, job.target, job) };
}

/** Returns the data to build in: keys and URL for agents only. */
function bakedFor(program: Program, job: Job): BuildSettings {
  const permissions = job.form === "native"
    ? nativeFlags(program, job)
    : permissionFlags(program, scopeOf(program, job));
  if (program === "trigger") return { keys: [], permissions };
  return { keys: job.keys, ...(job.url !== undefined && { url: job.url }), permissions };
}

async function makeNative(parts: readonly Part[], { target }: Job): Promise<void> {
  for (const { path, script, baked } of parts) {
    await writeNative(path, { script, target, flags: [...HEAP_FLAGS, ...baked.permissions] });
  }
}

async function makePortable(parts: readonly Part[], job: Job): Promise<void> {
  const deno = await compress(await Deno.readFile(await denoFor(job.target)));
  for (const { program, script, path } of parts) {
    const main = await compress(script);
    await writePortable(path, { program, deno, main, ...scopeOf(program, job) });
  }
}

async function testAll(parts: Readonly<Record<Program, Part>>, job: Job): Promise<void> {
  const { target, report } = job;
  if (target !== hostTarget) {
    return report(`executables for ${target} were not tested: wrong platform`);
  }
  await using folder = await makeSmokeTestFolder(smokeTestParent(job));
  for (const part of Object.values(parts)) await testVersion(part, folder);
  const url = smokeTestUrl(job, folder);
  if (url === undefined) return report("only --version was tested: --allow-net excludes 127.0.0.1");
  const dryRun = !mayRunLocally(job);
  if (dryRun) report("only a dry run was tested: --allow-run excludes /bin/sh");
  const { exec, trigger } = parts;
  await testPair(
    { agent: exec.path, trigger: trigger.path, url, signer: job.signer, dryRun },
    folder,
  );
}

/** Returns a folder that a native executable may write to. */
function smokeTestParent({ form, homes: [HOME] }: Job): string | undefined {
  return form === "native" ? userFolders({ HOME })?.state : undefined;
}

/**
 * Returns the URL of the test: TCP if allowed, otherwise a socket, which --allow-net does not
 * limit.
 */
function smokeTestUrl({ form, allowNet }: Job, folder: SmokeTestFolder): string | undefined {
  if (allowNet === undefined || allowNet.includes("127.0.0.1")) {
    return `tcp://127.0.0.1:${freePort()}`;
  }
  return form === "portable" ? `ipc://${folder.path}/queue` : undefined;
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Returns whether `nanotrigger shell` may run commands on its own machine. */
function mayRunLocally({ allowRun }: { allowRun?: readonly string[] | undefined }): boolean {
  return allowRun === undefined || allowRun.includes(LOCAL_SHELL);
}

/**
 * Returns the limits for both forms. They limit agents; a trigger must accept their connections.
 */
function scopeOf(
  program: Program,
  { allowNet, allowRun }: BuildOptions,
): Pick<PermissionScope, "allowNet" | "allowRun"> {
  if (program === "trigger") return mayRunLocally({ allowRun }) ? {} : { allowRun: [] };
  return { ...(allowNet ? { allowNet } : {}), ...(allowRun ? { allowRun } : {}) };
}

/** Returns the flags of a native executable, with the folders of all its users: they are fixed. */
function nativeFlags(program: Program, options: BuildOptions): string[] {
  const folders = options.homes.flatMap((HOME) => userFolders({ HOME }) ?? []);
  const config = folders.map((pair) => pair.config);
  const state = folders.map((pair) => pair.state);
  return permissionFlags(program, {
    ...scopeOf(program, options),
    ...(program === "trigger" ? { allowRun: nativePrograms(folders, options) } : {}),
    sockets: options.sockets,
    readable: program === "exec" ? config : [],
    writable: program === "exec" ? state : [...config, ...state],
  });
}

/** Returns the programs of a native trigger. Commands without a shell drop that permission. */
function nativePrograms(folders: readonly ProgramFolders[], options: BuildOptions): string[] {
  return [...folders.map(groupSourcePath), ...(mayRunLocally(options) ? [LOCAL_SHELL] : [])];
}

function pathOf(program: Program, target: string, { out }: BuildOptions): string {
  return join(out, `${programNames[program]}${target === hostTarget ? "" : `-${target}`}`);
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
