/**
 * How V8 is to treat the memory of both executables. Left alone it lets the heap of a hub double
 * before it collects anything old, and takes 32 MiB for what is new: with 1,000 agents that is 210
 * MiB after a few commands instead of 122, for the same processor time (`tests/bench/fleet_bench.ts`
 * with `NANOEXEC_BIN`). Only for executables, which bring the Deno along that knows these flags.
 * @module
 */

/** Flags for `deno run` and `deno compile`. */
export const HEAP_FLAGS: readonly string[] = [
  "--v8-flags=--max-semi-space-size=2,--heap-growing-percent=40",
];
