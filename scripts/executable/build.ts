/**
 * Makes the executables of both programs for one or more platforms, and runs what it made.
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
import { type Made, makeTrialFolder, type TrialFolder, tryPair, tryVersion } from "./trial.ts";

/** What to make. */
export interface BuildOptions extends BuildKeys {
  /** The paths of the main modules. */
  readonly entries: Readonly<Record<Program, string>>;
  /** The folder for the executables; made if missing. */
  readonly out: string;
  /** `native` or `portable`; by default native where it is possible, portable otherwise. */
  readonly form?: Form;
  /** Platforms, as `deno compile --target` names them. */
  readonly targets: readonly string[];
  /** The queue that agents dial unless they are told another. */
  readonly url?: string;
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

/** What to make in which form, for which platform. */
interface Job extends BuildOptions {
  readonly form: Form;
  readonly target: string;
}

/** One program on its way. */
interface Part extends Made {
  readonly program: Program;
  /** All of it as one script. */
  readonly script: Uint8Array;
}

/**
 * Makes all executables, and runs those that are for this machine.
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
      options.report(`no native executables, so portable ones are made: ${error.message}`);
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
    await tryAll(parts, job);
  } catch (error) {
    await removeAll(both);
    throw error;
  }
  if (job.form === "native") {
    job.report(`only users at home in ${job.homes.join(", ")} can keep files (--home)`);
  }
  return job.form;
}

async function prepare(program: Program, job: Job): Promise<Part> {
  const entry = job.entries[program];
  const baked = bakedFor(program, job);
  const script = await bundle({ entry, baked });
  return { program, entry, baked, script, path: pathOf(program, job.target, job) };
}

/** Whom to obey, and where the queue is, concerns agents only. */
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

async function tryAll(parts: Readonly<Record<Program, Part>>, job: Job): Promise<void> {
  const { target, report } = job;
  if (target !== hostTarget) {
    return report(`executables for ${target} cannot be tried on this machine`);
  }
  await using folder = await makeTrialFolder(trialParent(job));
  for (const part of Object.values(parts)) await tryVersion(part, folder);
  const url = trialUrl(job, folder);
  if (url === undefined) return report("only --version was tried: --allow-net shuts out 127.0.0.1");
  const rehearse = !mayRunLocally(job);
  if (rehearse) report("no command was run, only rehearsed: --allow-run shuts out /bin/sh");
  const { exec, trigger } = parts;
  await tryPair(
    { agent: exec.path, trigger: trigger.path, url, signer: job.signer, rehearse },
    folder,
  );
}

/** A native executable can only write where it was told to at the build. */
function trialParent({ form, homes: [HOME] }: Job): string | undefined {
  return form === "native" ? userFolders({ HOME })?.state : undefined;
}

/** A socket on the command line opens itself to a portable agent, whatever its peers are. */
function trialUrl({ form, allowNet }: Job, folder: TrialFolder): string | undefined {
  if (allowNet === undefined || allowNet.includes("127.0.0.1")) {
    return `tcp://127.0.0.1:${freePort()}`;
  }
  return form === "portable" ? `ipc://${folder.path}/queue` : undefined;
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Whether `nanotrigger shell` may run commands on its own machine. */
function mayRunLocally({ allowRun }: { allowRun?: readonly string[] | undefined }): boolean {
  return allowRun === undefined || allowRun.includes(LOCAL_SHELL);
}

/** What narrows the permissions in every form: those of agents, for a trigger listens to them. */
function scopeOf(
  program: Program,
  { allowNet, allowRun }: BuildOptions,
): Pick<PermissionScope, "allowNet" | "allowRun"> {
  if (program === "trigger") return mayRunLocally({ allowRun }) ? {} : { allowRun: [] };
  return { ...(allowNet ? { allowNet } : {}), ...(allowRun ? { allowRun } : {}) };
}

/** Nothing can be added when a native executable starts, so it has the folders of several users. */
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

/** Commands that need no shell give it up when they start. */
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
