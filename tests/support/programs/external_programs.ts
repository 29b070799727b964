/**
 * External programs that some tests need. A test whose program is missing is ignored, and its title
 * names the package to install; `scripts/test.ts --require-peers` makes that a failure.
 *
 * Use it as `const nanocat = findExternalProgram("nanocat", "nanomsg-utils")`, with
 * `nanocat.available` and `nanocat.needs`. May import node built-ins only: it runs while tests are
 * being registered.
 * @module
 */

import { join } from "node:path";

/** A program that a test needs and this machine may lack. */
export interface ExternalProgram {
  /** Whether this machine has it. */
  readonly available: boolean;
  /** The end of the test's title, `(needs PACKAGE)`: the test report reads it there. */
  readonly needs: string;
}

/** Finds the program `command` in PATH and the folders of system programs. */
export function findExternalProgram(command: string, packageName: string): ExternalProgram {
  const folders = [...(Deno.env.get("PATH") ?? "").split(":"), "/usr/sbin", "/sbin"];
  return externalProgram(folders.some((folder) => isProgram(join(folder, command))), packageName);
}

/** The system's own Python, for which Debian's `python3-…` packages are. */
export const PYTHON = "/usr/bin/python3";

/** Checks whether {@linkcode PYTHON} can import `module`. */
export function findPythonModule(module: string, packageName: string): ExternalProgram {
  if (!isProgram(PYTHON)) return externalProgram(false, packageName);
  const { success } = new Deno.Command(PYTHON, { args: ["-c", `import ${module}`] }).outputSync();
  return externalProgram(success, packageName);
}

/** Describes a program that is found in another way, such as a package that a fixture builds. */
export function externalProgram(available: boolean, packageName: string): ExternalProgram {
  return { available, needs: `(needs ${packageName})` };
}

function isProgram(path: string): boolean {
  try {
    const { isFile, mode } = Deno.statSync(path);
    return isFile && ((mode ?? 0) & 0o111) !== 0;
  } catch {
    return false;
  }
}
