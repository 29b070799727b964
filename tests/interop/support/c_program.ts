/**
 * Programs in C that a test or a benchmark brings along, compiled with gcc when they are needed.
 * @module
 */
import { basename, join } from "node:path";
import { decodeUtf8 } from "../../../lib/base/bytes.ts";
import {
  type ExternalProgram,
  externalProgram,
  findExternalProgram,
} from "../../support/programs/external_programs.ts";

const HEADER = "/usr/include/nanomsg/nn.h";

/** What it takes to compile programs that use libnanomsg. */
export function findNanomsgCompiler(): ExternalProgram {
  return externalProgram(
    findExternalProgram("gcc", "gcc").available && isFile(HEADER),
    "gcc, libnanomsg-dev",
  );
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Compiles `source`, a file in C, to a program in `folder`, and returns its path. */
export async function compileC(
  source: URL,
  folder: string,
  libraries: readonly string[] = [],
): Promise<string> {
  const path = join(folder, basename(source.pathname, ".c"));
  const args = ["-O2", "-Wall", "-Wextra", "-o", path, source.pathname];
  const gcc = new Deno.Command("gcc", { args: [...args, ...libraries.map((name) => `-l${name}`)] });
  const { success, stderr } = await gcc.output();
  if (!success) throw new Error(`cannot compile ${source.pathname}: ${decodeUtf8(stderr)}`);
  return path;
}
