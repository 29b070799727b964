/**
 * `deno task compile`: makes the executables `dist/nanoexec` and `dist/nanotrigger`, and runs them
 * before it says that they are made. {@linkcode HELP} says what it can be told.
 * @module
 */

import { parseArgs } from "node:util";
import { messageOf } from "../lib/base/errors.ts";
import { ipc, resolveTransport, tcp } from "../lib/sp/mod.ts";
import { build, type BuildOptions } from "./executable/build.ts";
import { describeKeys, findKeys, type KeyChoice } from "./executable/build_keys.ts";
import { BuildError } from "./executable/errors.ts";
import { hostTarget, targets } from "./executable/platforms.ts";

const ROOT = new URL("../", import.meta.url);

/** What `--help` prints. */
const HELP = `Usage: deno task compile [OPTION]...

Make the executables dist/nanoexec and dist/nanotrigger, and run them.

Whom agents obey:
  --trust FILE|KEY      the keys in this file, or this public key, instead of
                        your own, which is made if there is none; repeatable
  --no-key              nobody, until they are given --trust
  --url URL             dial this queue unless they are told another

What agents can do at most, whoever commands them:
  --allow-net PEER,...  talk to these, as HOST or HOST:PORT
  --allow-run FILE,...  run these programs

The form:
  --native              made by deno compile, or not at all
  --portable            shell scripts that carry Deno
  --home FOLDER         a home of somebody who will run a native executable, which
                        must know them beforehand (default: yours); repeatable
  --socket PATH         a socket that a native executable may use; repeatable
  --target TRIPLE       for another platform; repeatable
  --out FOLDER          put them here (default: dist)
`;

/** What the command line asks for. */
export interface CompileOptions {
  /** The keys to build in. */
  readonly keys: KeyChoice;
  /** Everything else. */
  readonly build: Omit<BuildOptions, "keys" | "signer">;
}

/**
 * Reads the command line.
 * @throws {BuildError} if it is wrong
 */
export function compileOptions(args: readonly string[]): CompileOptions {
  const { native, portable, target, out, home, socket, url, ...rest } = parse(args);
  const unknown = target.find((name) => !targets.includes(name));
  if (unknown !== undefined) {
    throw new BuildError(`unknown target "${unknown}"`, { hint: `one of ${targets.join(", ")}` });
  }
  if (native && portable) throw new BuildError("--native and --portable exclude each other");
  const keys = keyChoice(rest.trust, rest["no-key"]);
  if (url !== undefined) refuseBadUrl(url);
  const allowNet = list(rest["allow-net"]);
  const allowRun = list(rest["allow-run"]);
  return {
    keys,
    build: {
      entries: { exec: main("exec"), trigger: main("trigger") },
      out,
      ...(native ? { form: "native" } : portable ? { form: "portable" } : {}),
      targets: target,
      ...(url !== undefined && { url }),
      ...(allowNet ? { allowNet } : {}),
      ...(allowRun ? { allowRun } : {}),
      homes: home ?? [Deno.env.get("HOME") ?? "/"],
      sockets: socket,
      report: (line) => console.log(line),
    },
  };
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        "trust": { type: "string", multiple: true, default: [] },
        "no-key": { type: "boolean", default: false },
        "url": { type: "string" },
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
  } catch (cause) {
    const [message = ""] = messageOf(cause).split(". ");
    throw new BuildError(message.charAt(0).toLowerCase() + message.slice(1), {
      cause,
      hint: "deno task compile --help says what there is",
    });
  }
}

function keyChoice(sources: readonly string[], none: boolean): KeyChoice {
  if (none && sources.length > 0) throw new BuildError("--trust and --no-key exclude each other");
  if (none) return { kind: "none" };
  return sources.length > 0 ? { kind: "given", sources } : { kind: "own" };
}

function refuseBadUrl(url: string): void {
  try {
    const { transport, address } = resolveTransport(url, [tcp, ipc]);
    transport.check(address);
  } catch (cause) {
    throw new BuildError(messageOf(cause), { cause });
  }
}

function list(values: readonly string[] | undefined): readonly string[] | undefined {
  return values?.flatMap((value) => value.split(","));
}

function main(program: "exec" | "trigger"): string {
  return new URL(`main_${program}.ts`, ROOT).pathname;
}

if (import.meta.main) {
  if (Deno.args.includes("--help")) {
    console.log(HELP);
    Deno.exit(0);
  }
  try {
    const { keys, build: options } = compileOptions(Deno.args);
    const found = await findKeys(keys, options.report);
    await build({ ...options, ...found });
    describeKeys(found).forEach(options.report);
  } catch (error) {
    if (!(error instanceof BuildError || error instanceof RangeError)) throw error;
    console.error(`compile: error: ${error.message}`);
    if (error instanceof BuildError && error.hint) console.error(`compile: hint: ${error.hint}`);
    Deno.exit(1);
  }
}
