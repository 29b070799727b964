/**
 * `deno task compile [--native | --portable] [--target TRIPLE]… [--allow-net=HOST[:PORT],…]
 * [--allow-run=PROGRAM,…] [--home FOLDER]… [--socket PATH]… [--out FOLDER]`: makes the executables
 * `dist/nanoexec` and `dist/nanotrigger`, and runs them before it says that they are made.
 *
 * `--allow-net` and `--allow-run` make agents that cannot talk to another master, or run another
 * program, whoever commands them.
 *
 * A native executable has all its permissions from the build, so it must be told the home folders
 * of those who will run it (`--home`, by default this user's) and the sockets of `ipc://` addresses
 * (`--socket`). A portable one finds them out at every start.
 * @module
 */

import { parseArgs } from "node:util";
import { build, type BuildOptions } from "./executable/build.ts";
import { BuildError } from "./executable/errors.ts";
import { hostTarget, targets } from "./executable/platforms.ts";

const ROOT = new URL("../", import.meta.url);

/**
 * Reads the command line.
 * @throws {BuildError} if it is wrong
 */
export function compileOptions(args: readonly string[]): BuildOptions {
  const { native, portable, target, out, home, socket, ...scope } = parse(args);
  const unknown = target.find((name) => !targets.includes(name));
  if (unknown !== undefined) {
    throw new BuildError(`unknown target "${unknown}"`, { hint: `one of ${targets.join(", ")}` });
  }
  if (native && portable) throw new BuildError("--native and --portable exclude each other");
  const allowNet = list(scope["allow-net"]);
  const allowRun = list(scope["allow-run"]);
  return {
    entries: { exec: main("exec"), trigger: main("trigger") },
    out,
    ...(native ? { form: "native" } : portable ? { form: "portable" } : {}),
    targets: target,
    ...(allowNet ? { allowNet } : {}),
    ...(allowRun ? { allowRun } : {}),
    homes: home ?? [Deno.env.get("HOME") ?? "/"],
    sockets: socket,
    report: (line) => console.log(line),
  };
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        "native": { type: "boolean", default: false },
        "portable": { type: "boolean", default: false },
        "target": { type: "string", multiple: true, default: [hostTarget] },
        "allow-net": { type: "string", multiple: true },
        "allow-run": { type: "string", multiple: true },
        "home": { type: "string", multiple: true },
        "socket": { type: "string", multiple: true, default: [] },
        "out": { type: "string", default: "dist" },
      },
    });
    return values;
  } catch (error) {
    throw new BuildError(error instanceof Error ? error.message : String(error));
  }
}

function list(values: readonly string[] | undefined): readonly string[] | undefined {
  return values?.flatMap((value) => value.split(","));
}

function main(program: "exec" | "trigger"): string {
  return new URL(`main_${program}.ts`, ROOT).pathname;
}

if (import.meta.main) {
  try {
    await build(compileOptions(Deno.args));
  } catch (error) {
    if (!(error instanceof BuildError || error instanceof RangeError)) throw error;
    console.error(`compile: error: ${error.message}`);
    if (error instanceof BuildError && error.hint) console.error(`compile: hint: ${error.hint}`);
    Deno.exit(1);
  }
}
