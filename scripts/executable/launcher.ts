/**
 * Fills in `launcher.sh`, the beginning of a portable executable, with the flags of
 * `lib/cli/sandbox/permissions.ts` and the words of the program's commands.
 * @module
 */

import { groupSourcePath } from "../../lib/cli/sandbox/folders.ts";
import {
  environmentNames,
  permissionFlags,
  type Program,
  programNames,
} from "../../lib/cli/sandbox/permissions.ts";
import { programs } from "../../lib/cli/start_flags.ts";
import { HEAP_FLAGS } from "./heap_flags.ts";
import { commandPatterns } from "./launcher_patterns.ts";

/** The length of every launcher in bytes, so that the offsets of the packed files are known. */
export const LAUNCHER_LENGTH = 16_384;

/** A file behind the launcher. */
export interface PackedFile {
  /** The folder in the cache that it is unpacked to; holds a digest of the content. */
  readonly folder: string;
  /** Its offset in the executable, counted from 1 as `tail -c +N` does. */
  readonly offset: number;
  /** Its length in the executable in bytes, with gzip. */
  readonly length: number;
  /** Its length when unpacked, in bytes. */
  readonly size: number;
  /** The SHA-256 of the unpacked file, in hexadecimal. */
  readonly sha256: string;
}

/** The content and the limits of an executable. */
export interface LauncherOptions {
  readonly program: Program;
  readonly deno: PackedFile;
  readonly main: PackedFile;
  /** As in {@linkcode permissionFlags}. */
  readonly allowNet?: readonly string[];
  readonly allowRun?: readonly string[];
}

/**
 * Flags with which Deno runs one local script and reads nothing else: no configuration or lock file
 * of the working folder, no cache of packages, no network.
 */
const RUNTIME_FLAGS = [
  "--no-config",
  "--no-lock",
  "--no-remote",
  "--no-npm",
  "--cached-only",
  "--node-modules-dir=none",
  ...HEAP_FLAGS,
];

/**
 * Values that are known at the start only: variables of `launcher.sh` that hold `,PATH,PATH…` or
 * nothing. In the flags, `@NAME@` stands for each of them.
 */
const LATER = ["config", "state", "sockets", "readable", "writable", "programs"] as const;

/**
 * Makes the launcher of one executable.
 * @returns exactly {@linkcode LAUNCHER_LENGTH} bytes
 * @throws {RangeError} if a flag cannot be expressed or the text is too long
 */
export async function makeLauncher(options: LauncherOptions): Promise<Uint8Array<ArrayBuffer>> {
  const template = await Deno.readTextFile(new URL("launcher.sh", import.meta.url));
  const values = launcherValues(options);
  const text = template.replace(/@([A-Z0-9_]+)@/g, (_, name) => {
    const value = values[name];
    if (value === undefined) {
      throw new RangeError(`launcher.sh has an unknown placeholder "${name}"`);
    }
    return value;
  });
  const launcher = new Uint8Array(LAUNCHER_LENGTH).fill("\n".charCodeAt(0));
  const { written, read } = new TextEncoder().encodeInto(text, launcher);
  if (read < text.length || written === LAUNCHER_LENGTH) {
    throw new RangeError(`launcher is longer than ${LAUNCHER_LENGTH} bytes`);
  }
  return launcher;
}

function launcherValues(options: LauncherOptions): Readonly<Record<string, string>> {
  const { program, deno, main } = options;
  return {
    NAME: programNames[program],
    ...fileValues("DENO", deno),
    ...fileValues("MAIN", main),
    ENVIRONMENT: environmentNames.map((name) => `\${${name}+"${name}=$${name}"}`).join(" "),
    RUNTIME_FLAGS: RUNTIME_FLAGS.join(" "),
    PERMISSION_FLAGS: shellFlags(options).join(" \\\n  "),
    ...commandPatterns(programs[program]),
  };
}

function fileValues(prefix: string, file: PackedFile): Record<string, string> {
  return {
    [`${prefix}_FOLDER`]: file.folder,
    [`${prefix}_OFFSET`]: String(file.offset),
    [`${prefix}_LENGTH`]: String(file.length),
    [`${prefix}_SIZE`]: String(file.size),
    [`${prefix}_SHA256`]: file.sha256,
  };
}

/** Returns the permission flags as words of a shell script, with variables for late values. */
function shellFlags(options: LauncherOptions): string[] {
  const { program, allowNet, allowRun } = options;
  const flags = permissionFlags(program, {
    user: { config: "@config@", state: "@state@" },
    sockets: ["@sockets@"],
    readable: ["@readable@"],
    writable: ["@writable@"],
    programs: ["@programs@"],
    ...(allowNet ? { allowNet } : {}),
    ...(allowRun ? { allowRun } : {}),
  });
  return flags.map((flag) => `"${escape(flag)}"`);
}

/** Escapes text for double quotes in a shell, and inserts the variables, which hold their comma. */
function escape(flag: string): string {
  const escaped = flag.replace(/[\\"$`]/g, "\\$&")
    .replaceAll(`,${groupSourcePath({ config: "@config@" })}`, "${config:+$config/group_source}")
    .replaceAll(",unix:@sockets@", "$unix_sockets");
  return LATER.reduce((text, name) => text.replaceAll(`,@${name}@`, `$${name}`), escaped);
}
