/**
 * `--version`, and with `-v` all settings of the build.
 * @module
 */
import { parseTrustFile } from "../../envelope/trust/trust_file.ts";
import { fingerprint, PUBLIC_KEY_TAG } from "../../envelope/keys/public_key.ts";
import { buildSettings, VERSION } from "../process/build_info.ts";
import type { VersionRequest } from "../args/parse_command_line.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** Prints the version of `program`. */
export async function printVersion(
  program: string,
  { verbosity }: Pick<VersionRequest, "verbosity">,
  terminal: Terminal,
): Promise<number> {
  await terminal.print(`${program} ${VERSION}`);
  if (verbosity > 0) await terminal.print(buildDetails().join("\n"));
  return 0;
}

function buildDetails(): string[] {
  const { deno, v8 } = Deno.version;
  return [
    `deno ${deno} (v8 ${v8}), ${Deno.build.target}`,
    ...buildSettings.keys.flatMap(keyLines),
    ...(buildSettings.keys.length === 0 ? ["trusted keys: none built in"] : []),
    `queue: ${buildSettings.url ?? "none built in"}`,
    ...buildSettings.permissions.map((flag) => `permission: ${flag}`),
    ...(buildSettings.permissions.length === 0
      ? ["permissions: given at start, none built in"]
      : []),
  ];
}

/** Returns a key with its options in front, one per line, as in a trust file. */
function keyLines(line: string): string[] {
  const options = line.slice(0, line.indexOf(PUBLIC_KEY_TAG)).trim();
  return parseTrustFile(line).map(({ key, comment }) =>
    ["trusted key:", fingerprint(key), comment, options && `(${options})`].filter(Boolean).join(" ")
  );
}
