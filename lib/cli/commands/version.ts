/**
 * `--version`, and with `-v` everything that was built into the executable.
 * @module
 */
import { parseTrustFile } from "../../envelope/trust/trust_file.ts";
import { fingerprint, PUBLIC_KEY_TAG } from "../../envelope/keys/public_key.ts";
import { baked } from "../baked.ts";
import type { VersionOptions } from "../options/program.ts";
import type { Terminal } from "../terminal.ts";
import { VERSION } from "../version.ts";

/** Prints the version of `program`. */
export async function printVersion(
  program: string,
  { verbosity }: VersionOptions,
  terminal: Terminal,
): Promise<number> {
  await terminal.print(`${program} ${VERSION}`);
  if (verbosity > 0) await terminal.print(details().join("\n"));
  return 0;
}

function details(): string[] {
  const { deno, v8 } = Deno.version;
  return [
    `deno ${deno} (v8 ${v8}), ${Deno.build.target}`,
    ...baked.keys.flatMap(keyLines),
    ...(baked.keys.length === 0 ? ["trusted keys: none built in"] : []),
    `queue: ${baked.url ?? "none built in"}`,
    ...baked.permissions.map((flag) => `permission: ${flag}`),
    ...(baked.permissions.length === 0 ? ["permissions: given at start, none built in"] : []),
  ];
}

/** The options of a key stand in front of it, as in a trust file. */
function keyLines(line: string): string[] {
  const options = line.slice(0, line.indexOf(PUBLIC_KEY_TAG)).trim();
  return parseTrustFile(line).map(({ key, comment }) =>
    ["trusted key:", fingerprint(key), comment, options && `(${options})`].filter(Boolean).join(" ")
  );
}
