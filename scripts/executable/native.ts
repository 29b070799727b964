/**
 * The native form of an executable, by `deno compile`. It needs the `denort` runtime, which Deno
 * downloads or takes from `DENORT_BIN`. `deno compile` also succeeds with a wrong
 * runtime, so its output must be tested.
 * @module
 */

import { join } from "node:path";
import { runDeno } from "./deno_command.ts";
import { BuildError } from "./errors.ts";

/** The time limit of `deno compile`, with its download, in milliseconds. */
const COMPILE_MS = 300_000;

/** The content of a native executable. */
export interface NativeOptions {
  /** The program as one script that imports only built-ins. */
  readonly script: Uint8Array;
  /** The permission flags, which are fixed. */
  readonly flags: readonly string[];
  /** The platform as Deno names it, such as `aarch64-unknown-linux-gnu`. */
  readonly target: string;
}

/**
 * Compiles to `path`.
 * @throws {BuildError} if `deno compile` fails
 */
export async function writeNative(path: string, options: NativeOptions): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "nanoexec-native-" });
  try {
    const script = join(folder, "main.js");
    await Deno.writeFile(script, options.script);
    const args = ["compile", "--quiet", "--no-config", `--target=${options.target}`];
    const signal = AbortSignal.timeout(COMPILE_MS);
    const outcome = await runDeno([...args, ...options.flags, `--output=${path}`, script], {
      signal,
    });
    if (!outcome.success) throw compileError(outcome.stderr);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function compileError(stderr: string): BuildError {
  const download = /error sending request for url \((\S+)\)/.exec(stderr)?.[1];
  if (download === undefined) {
    return new BuildError(`deno compile failed: ${stderr.trim().split("\n")[0]}`, {
      cause: stderr,
    });
  }
  return new BuildError(`deno compile cannot download ${download}`, {
    cause: stderr,
    hint: "set DENORT_BIN to a copy of denort, or use --portable",
  });
}
