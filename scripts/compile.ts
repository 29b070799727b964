/**
 * `deno task compile`: makes the executables `dist/nanoexec` and `dist/nanotrigger`, and tests
 * them. {@linkcode HELP} lists its options.
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

Make the executables dist/nanoexec and dist/nanotrigger, and test them.

Trusted keys of the agent:
  --trust FILE|KEY      trust the keys in FILE, or this public key (repeatable;
                        default: your key, which is made if there is none)
  --no-key              build in no key: agents need --trust
  --url URL             dial this hub by default

Limits of the agent, for all operators:
  --allow-net PEER,...  connect only to these peers: HOST or HOST:PORT
  --allow-run FILE,...  run only these programs

Form of the executables:
  --native              use deno compile, without a fallback to --portable
  --portable            make shell scripts that contain Deno
  --home FOLDER         allow users with this home to run a native executable
                        (repeatable; default: your home)
  --socket PATH         allow a native executable to use this socket (repeatable)
  --target TRIPLE       build for this platform (repeatable; default: this one)
  --out FOLDER          write the executables to this folder (default: dist)
`;

/** The options of the command line. */
export interface CompileOptions {
  /** The keys to build in. */
  readonly keys: KeyChoice;
  /** All other options. */
  readonly build: Omit<BuildOptions, "keys" | "signer">;
}

/**
 * Parses the command line.
 * @throws {BuildError} if it is invalid
 */
export function compileOptions(args: readonly string[]): CompileOptions {
  const { native, portable, target, out, home, socket, url, ...rest } = parse(args);
  const unknown = target.find((name) => !targets.includes(name));
  if (unknown !== undefined) {
    throw new BuildError(`unknown target "${unknown}"`, {
      hint: `use one of ${targets.join(", ")}`,
    });
  }
  if (native && portable) throw new BuildError("--native and --portable cannot be combined");
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
      hint: "see deno task compile --help",
    });
  }
}

function keyChoice(sources: readonly string[], none: boolean): KeyChoice {
  if (none && sources.length > 0) throw new BuildError("--trust and --no-key cannot be combined");
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
