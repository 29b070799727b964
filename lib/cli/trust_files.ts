/**
 * Whom the agent on this host trusts, from all places where that is said.
 * @module
 */
import { TrustStore } from "../agent/admission/trust_store.ts";
import { buildSettings } from "./program/build_info.ts";
import type { TrustSource } from "./args/key_options.ts";
import type { Places } from "./places.ts";

/**
 * Reads what is baked in, what `--trust` says, and the files of this machine and user.
 * @throws {AgentError} if any of it is not in order
 * @throws {PrivateFileError} if others could have written any of it
 */
export async function readTrust(
  given: readonly TrustSource[],
  { trusted, revoked }: Places,
): Promise<TrustStore> {
  const trust = new TrustStore({
    baked: buildSettings.keys,
    given: given.map((source) => source.kind === "file" ? source.path : source.line),
    files: trusted,
    revoked,
  });
  await trust.load();
  return trust;
}
