/**
 * Tests that need programs of others.
 * @module
 */
import type { ExternalProgram } from "../../support/programs/external_programs.ts";

/** The paths of unix sockets cannot be listed for `net`. */
const PERMISSIONS: Deno.PermissionOptionsObject = {
  net: true,
  read: true,
  write: true,
  run: true,
  env: true,
};
const TIMEOUT_MS = 30_000;

/** Registers a test that is ignored where `peer` is missing. */
export function interopTestCase(
  peer: ExternalProgram,
  title: string,
  fn: () => Promise<void>,
): void {
  Deno.test({
    name: `${title} ${peer.needs}`,
    ignore: !peer.available,
    permissions: PERMISSIONS,
    timeout: TIMEOUT_MS,
    fn,
  });
}
