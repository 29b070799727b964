/**
 * The permissions of all tests together.
 * @module
 */

/** Options of `deno test`. Each test narrows them with its own `permissions`. */
export const TEST_PERMISSIONS = [
  "--no-prompt",
  "--allow-read",
  "--allow-write", // temporary folders
  "--allow-net", // loopback; a list of hosts would shut out unix sockets, which have no wildcard
  "--allow-env",
  "--allow-sys",
  "--allow-run", // the programs under test and their peers
] as const;

/** The option of `deno test` that loads the defaults of all tests. */
export const TEST_PRELOAD: string = `--preload=${
  new URL("../tests/support/test_defaults.ts", import.meta.url).pathname
}`;
