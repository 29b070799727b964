/**
 * The portable form of an executable: a shell script, followed by the program and Deno, both
 * compressed. Used where `deno compile` cannot download its runtime.
 * @module
 */

import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { type Program, programNames } from "../../lib/cli/sandbox/permissions.ts";
import { LAUNCHER_LENGTH, makeLauncher, type PackedFile } from "./launcher.ts";

/** A file ready to be packed. */
export interface CompressedFile {
  /** The content with gzip. */
  readonly bytes: Uint8Array;
  /** The length of the content in bytes. */
  readonly size: number;
  /** The SHA-256 of the content in hexadecimal. */
  readonly sha256: string;
}

/** The content of a portable executable. */
export interface PortableOptions {
  readonly program: Program;
  /** The program as one script that imports only built-ins. */
  readonly main: CompressedFile;
  /** The Deno of the target platform. */
  readonly deno: CompressedFile;
  /** As for `permissionFlags`. */
  readonly allowNet?: readonly string[];
  readonly allowRun?: readonly string[];
}

/** Compresses `content`; the same content always gives the same bytes. */
export async function compress(content: Uint8Array): Promise<CompressedFile> {
  return {
    bytes: await promisify(gzip)(content),
    size: content.length,
    sha256: createHash("sha256").update(content).digest("hex"),
  };
}

/** Writes a portable executable to `path`, which must not exist. */
export async function writePortable(path: string, options: PortableOptions): Promise<void> {
  const { program, main, deno, ...scope } = options;
  const packedMain = packAt(LAUNCHER_LENGTH, programNames[program], main);
  const packedDeno = packAt(LAUNCHER_LENGTH + main.bytes.length, "deno", deno);
  const launcher = await makeLauncher({ program, main: packedMain, deno: packedDeno, ...scope });
  using file = await Deno.open(path, { write: true, createNew: true, mode: 0o755 });
  for (const bytes of [launcher, main.bytes, deno.bytes]) await writeAll(file, bytes);
}

/** Describes `file` for the launcher, when `start` bytes come before it. */
function packAt(start: number, name: string, file: CompressedFile): PackedFile {
  return {
    folder: `${name}-${file.sha256.slice(0, 32)}`,
    offset: start + 1,
    length: file.bytes.length,
    size: file.size,
    sha256: file.sha256,
  };
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
}
