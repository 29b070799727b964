/**
 * A copy of the tree in which one check at a time is taken out.
 * @module
 */

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { TEST_PERMISSIONS, TEST_PRELOAD } from "../test_permissions.ts";
import type { Mutation } from "./mutation.ts";

/** What became of a mutation. */
export type Verdict =
  /** A test has failed, as it should. */
  | { readonly kind: "killed" }
  | { readonly kind: "survived" }
  /** The file did not load without the check. */
  | { readonly kind: "invalid"; readonly reason: string };

/** The project's root. */
export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));
const NEEDED = ["lib", "tests", "scripts", "deno.json", "deno.lock", "main_exec.ts"];
/** A change that makes a test wait for ever is noticed, too. */
const MAX_MS = 120_000;
/** How long all tests together may take, on a machine that is busy otherwise. */
const ALL_TESTS_MS = 900_000;
/** What the test runner says of a file that it could not load. */
const NOT_LOADED = /\(uncaught error\)|SyntaxError|error: The module's source code/;

/** A copy of the tree. Disposing of it removes it. */
export class Workshop implements AsyncDisposable {
  readonly #folder: string;

  /** Use {@linkcode openWorkshop} instead. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Whether the tests of `mutations` pass as long as nothing is taken out. */
  async isSound(mutations: readonly Mutation[]): Promise<boolean> {
    const tests = new Set(mutations.flatMap((mutation) => mutation.tests));
    const { code, output } = await this.#run([...tests], ALL_TESTS_MS);
    if (code !== 0) console.log(output);
    return code === 0;
  }

  /** Takes a check out, runs the tests that belong to it, and puts it back. */
  async mutate({ file, mutated, tests }: Mutation): Promise<Verdict> {
    const path = join(this.#folder, file);
    const whole = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, mutated);
    try {
      return await this.#test(tests);
    } finally {
      await Deno.writeTextFile(path, whole);
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

/** Copies the tree. */
export async function openWorkshop(): Promise<Workshop> {
  const folder = await Deno.makeTempDir({ prefix: "nanoexec_mutate_" });
  for (const name of NEEDED) await copy(join(ROOT, name), join(folder, name));
  return new Workshop(folder);
}

async function copy(from: string, to: string): Promise<void> {
  const { isDirectory } = await Deno.stat(from);
  await Deno.mkdir(isDirectory ? to : dirname(to), { recursive: true });
  if (!isDirectory) return await Deno.copyFile(from, to);
  for await (const { name } of Deno.readDir(from)) await copy(join(from, name), join(to, name));
}
