/**
 * A portable executable whose "Deno" is a shell script of a few lines, so that tests of the launcher
 * cost milliseconds; and ways to start it.
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { compress, writePortable } from "../../../scripts/executable/portable.ts";
import type { Program } from "../../../lib/cli/sandbox/permissions.ts";

/**
 * Acts as Deno with its arguments: flags, the script, then the program's own. The last argument
 * selects the behaviour; by default it prints all arguments, each followed by a NUL.
 */
const FAKE_DENO = `#!/bin/sh
for last; do :; done
case $last in
  --version) ;;
  environment) cat /proc/$$/environ ;;
  status) cat /proc/$$/status ;;
  fail) exit 7 ;;
  wait) echo "$$"; exec sleep 60 ;;
  *) printf '%s\\0' "$@" ;;
esac
`;

/** The result of a start. */
export interface Start {
  /** The exit code; 128 plus the signal's number after a signal. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options of a start. */
export interface StartOptions {
  /** The shell that reads the launcher, instead of the one in its first line. */
  readonly shell?: readonly string[];
  /**
   * Added to an environment of `PATH`, `HOME` and `NANOEXEC_CACHE`; `undefined` removes a variable.
   */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The executable, if it is not started by its absolute path. */
  readonly path?: string;
  readonly cwd?: string;
  /** Becomes the user `nobody` first, which only root can. */
  readonly asNobody?: boolean;
}

/** An executable in its own folder. */
export interface PortableFixture extends AsyncDisposable {
  /** A folder that everybody can enter, for all files of the test. */
  readonly folder: string;
  /** The executable's absolute path. */
  readonly path: string;
  /** The cache folder, which does not exist before the first start. */
  readonly cache: string;
  /** Starts the executable and waits for its end. */
  start(args: readonly string[], options?: StartOptions): Promise<Start>;
}

/** Creates `nanoexec` or `nanotrigger` with a fake Deno. */
export async function makePortable(program: Program = "exec"): Promise<PortableFixture> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "nanoexec_portable_" }));
  await Deno.chmod(folder, 0o755);
  const path = join(folder, program === "exec" ? "nanoexec" : "nanotrigger");
  const encoder = new TextEncoder();
  const deno = await compress(encoder.encode(FAKE_DENO));
  await writePortable(path, { program, deno, main: await compress(encoder.encode("// main\n")) });
  const cache = join(folder, "cache");
  return {
    folder,
    path,
    cache,
    start: (args, options = {}) => start([options.path ?? path, ...args], options, folder),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

async function start(
  words: readonly string[],
  options: StartOptions,
  folder: string,
): Promise<Start> {
  const { shell = [], asNobody = false, env = {}, cwd = folder } = options;
  const become = asNobody ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];
  const [program = "", ...args] = [...become, ...shell, ...words];
  const all = {
    PATH: Deno.env.get("PATH"),
    HOME: folder,
    NANOEXEC_CACHE: join(folder, "cache"),
    ...env,
  };
  const command = new Deno.Command(program, {
    args,
    cwd,
    clearEnv: true,
    env: Object.fromEntries(Object.entries(all).filter(isSet)),
  });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

function isSet(entry: [string, string | undefined]): entry is [string, string] {
  return entry[1] !== undefined;
}

/** The absolute paths in a cache after the first start. */
export interface Unpacked {
  readonly denoFolder: string;
  readonly deno: string;
  readonly mainFolder: string;
  readonly main: string;
}

/** Starts `fixture`, which must succeed without output, and lists its cache. */
export async function warmUp(fixture: PortableFixture, options?: StartOptions): Promise<Unpacked> {
  const { code, stderr } = await fixture.start(["arguments"], options);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  return await unpackedIn(options?.env?.NANOEXEC_CACHE ?? fixture.cache);
}

/** Lists a cache that one build of `nanoexec` has used. */
export async function unpackedIn(cache: string): Promise<Unpacked> {
  const names = await Array.fromAsync(Deno.readDir(cache), (entry) => entry.name);
  const [deno = "", main = ""] = names.sort();
  assert.match(names.join(" "), /^deno-[0-9a-f]{32} nanoexec-[0-9a-f]{32}$/);
  const [denoFolder, mainFolder] = [join(cache, deno), join(cache, main)];
  return {
    denoFolder,
    mainFolder,
    deno: join(denoFolder, "deno"),
    main: join(mainFolder, "nanoexec.js"),
  };
}

/** Asserts that `fixture` refuses to start, with an error that matches `message` and a hint. */
export async function assertRefused(
  fixture: PortableFixture,
  message: RegExp,
  options?: StartOptions,
): Promise<void> {
  const { code, stdout, stderr } = await fixture.start(["arguments"], options);
  assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
  assert.match(stderr, /^nanoexec: error: .*\nnanoexec: hint: .*\n$/);
  assert.match(stderr, message);
}

/** Splits what the fake Deno printed. */
export function splitNul(text: string): string[] {
  return text.split("\0").slice(0, -1);
}
