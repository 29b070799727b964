/**
 * A copy of the source tree, in which one check at a time is removed.
 * @module
 */

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { TEST_PERMISSIONS, TEST_PRELOAD } from "../test_permissions.ts";
import type { Mutation } from "./mutation.ts";

/** The result of a mutation. */
export type Verdict =
  /** A test has failed, as expected. */
  | { readonly kind: "killed" }
  | { readonly kind: "survived" }
  /** The file did not load without the check. */
  | { readonly kind: "invalid"; readonly reason: string };

/** The project's root. */
export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));
const NEEDED = ["lib", "tests", "scripts", "deno.json", "deno.lock", "main_exec.ts"];
/** A mutant that makes a test hang counts as killed after this time. */
const MAX_MS = 120_000;
/** The time limit of all tests together, on a busy machine. */
const ALL_TESTS_MS = 900_000;
/** Matches the test runner's output for a file that does not load. */
const NOT_LOADED = /\(uncaught error\)|SyntaxError|error: The module's source code/;

/** A copy of the source tree, removed when disposed of. */
export class SourceCopy implements AsyncDisposable {
  readonly #folder: string;

  /** Use {@linkcode copySourceTree} instead. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Returns whether the tests of `mutations` pass without any mutation. */
  async passes(mutations: readonly Mutation[]): Promise<boolean> {
    const tests = new Set(mutations.flatMap((mutation) => mutation.tests));
    const { code, output } = await this.#run([...tests], ALL_TESTS_MS);
    if (code !== 0) console.log(output);
    return code === 0;
  }

  /** Removes a check, runs its tests, and restores the file. */
  async mutate({ file, mutated, tests }: Mutation): Promise<Verdict> {
    const path = join(this.#folder, file);
    const original = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, mutated);
    try {
      return await this.#test(tests);
    } finally {
      await Deno.writeTextFile(path, original);
    }
  }

  /** Removes the copy. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #test(tests: readonly string[]): Promise<Verdict> {
    for (const test of tests) {
      const { code, output } = await this.#run([test]);
      if (NOT_LOADED.test(output)) return { kind: "invalid", reason: "the file does not load" };
      if (code !== 0) return { kind: "killed" };
    }
    return { kind: "survived" };
  }

  async #run(
    tests: readonly string[],
    maxMs = MAX_MS,
  ): Promise<{ code: number; output: string }> {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "test",
        "--quiet",
        "--no-check",
        "--fail-fast",
        ...TEST_PERMISSIONS,
        TEST_PRELOAD,
        ...tests,
      ],
      cwd: this.#folder,
      env: { NO_COLOR: "1" },
      signal: AbortSignal.timeout(maxMs),
    }).output();
    const decoder = new TextDecoder();
    return { code, output: decoder.decode(stdout) + decoder.decode(stderr) };
  }
}

/** Copies the source tree to a temporary folder. */
export async function copySourceTree(): Promise<SourceCopy> {
  const folder = await Deno.makeTempDir({ prefix: "nanoexec_mutate_" });
  for (const name of NEEDED) await copy(join(ROOT, name), join(folder, name));
  return new SourceCopy(folder);
}

async function copy(from: string, to: string): Promise<void> {
  const { isDirectory } = await Deno.stat(from);
  await Deno.mkdir(isDirectory ? to : dirname(to), { recursive: true });
  if (!isDirectory) return await Deno.copyFile(from, to);
  for await (const { name } of Deno.readDir(from)) await copy(join(from, name), join(to, name));
}
