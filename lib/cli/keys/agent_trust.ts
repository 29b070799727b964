/**
 * Loads the operator keys that the agent on this host trusts: those built in, those given with
 * `--trust`, and the trust files of the machine and the user. This is the one list of trust sources
 * of an agent.
 * @module
 */
import { TrustStore } from "../../agent/admission/trust_store.ts";
import { buildSettings } from "../program/build_info.ts";
import type { TrustSource } from "../args/key_options.ts";
import type { InstallationPaths } from "./installation_paths.ts";

/**
 * Reads what is baked in, what `--trust` says, and the files of this machine and user.
 * @throws {UserError} if any of it is not in order
 * @throws {UserError} if others could have written any of it
 */
export async function loadAgentTrust(
  given: readonly TrustSource[],
  { trustFiles: trusted, revocationFiles: revoked }: InstallationPaths,
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
