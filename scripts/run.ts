/**
 * `deno task exec -- ARGS…` and `deno task trigger -- ARGS…`: runs a program from source with the
 * permissions of its executable.
 * @module
 */

import { userFolders } from "../lib/cli/sandbox/folders.ts";
import type { Program } from "../lib/cli/sandbox/permissions.ts";
import { startFlags } from "../lib/cli/start_flags.ts";

/** Signals that are forwarded to the program. */
const FORWARDED: readonly Deno.Signal[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Returns the arguments for Deno that run `program` with `args`.
 * @throws {RangeError} if a folder of the environment cannot be expressed as a permission
 */
export function runArguments(program: Program, args: readonly string[]): string[] {
  const user = userFolders(Deno.env.toObject());
  const flags = startFlags(program, args, user);
  const entry = new URL(`../main_${program}.ts`, import.meta.url).pathname;
  return ["run", ...flags, entry, ...args];
}

/**
 * Runs Deno as if it replaced this process: same streams, forwarded signals, same exit status. Does
 * not return.
 */
export async function become(args: readonly string[]): Promise<never> {
  const child = new Deno.Command(Deno.execPath(), { args: [...args] }).spawn();
  const forward = FORWARDED.map((signal) => [signal, () => child.kill(signal)] as const);
  for (const [signal, listener] of forward) Deno.addSignalListener(signal, listener);
  const { code, signal } = await child.status;
  for (const [signal, listener] of forward) Deno.removeSignalListener(signal, listener);
  if (signal !== null) Deno.kill(Deno.pid, signal);
  Deno.exit(code);
}

if (import.meta.main) {
  const [program, ...args] = Deno.args;
  if (program !== "exec" && program !== "trigger") {
    console.error("usage: deno task exec -- ARGS… | deno task trigger -- ARGS…");
    Deno.exit(1);
  }
  // `deno task NAME -- ARGS` passes the two dashes, too.
  await become(runArguments(program, args[0] === "--" ? args.slice(1) : args));
}
