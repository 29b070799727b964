/**
 * V8 flags for the memory of both executables. By default V8 lets the heap of a hub double before
 * it collects old objects, and takes 32 MiB for new ones: with 1,000 agents 210 MiB after a few
 * commands instead of 122, for the same processor time (`tests/bench/fleet_bench.ts` with
 * `NANOEXEC_BIN`). Only for executables, which contain a Deno that knows these flags.
 * @module
 */

/** Flags for `deno run` and `deno compile`. */
export const HEAP_FLAGS: readonly string[] = [
  "--v8-flags=--max-semi-space-size=2,--heap-growing-percent=40",
];
