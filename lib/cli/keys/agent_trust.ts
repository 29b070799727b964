/**
 * Loads the operator keys that the agent on this host trusts: those built in, those given with
 * `--trust`, and the trust files of the machine and the user. This is the one list of trust sources
 * of an agent. SIGHUP reads the files again; while a file is invalid, no key is trusted.
 * @module
 */
import { messageOf } from "../../base/errors.ts";
import { TrustStore } from "../../agent/admission/trust_store.ts";
import { buildSettings } from "../process/build_info.ts";
import type { TrustSource } from "../args/key_options.ts";
import type { Log } from "../log/log.ts";
import type { InstallationPaths } from "./installation_paths.ts";

/**
 * Loads the built-in keys, those of `--trust`, and the trust files of this machine and user.
 * @throws {UserError} if a source is invalid
 * @throws {UserError} if other users could have written a source
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

/** Keys that can be loaded again. While a source is invalid, no key is trusted. */
export type ReloadableTrust = Pick<TrustStore, "load" | "size">;

/**
 * Reads `trust` again at each SIGHUP, until disposed of, and calls `reloaded` after each attempt,
 * which must not throw.
 */
export function reloadTrustOnHangup(
  trust: ReloadableTrust,
  log: Log,
  reloaded: () => void = () => {},
): Disposable {
  const listener = () => void reloadTrust(trust, log).finally(reloaded);
  Deno.addSignalListener("SIGHUP", listener);
  return { [Symbol.dispose]: () => Deno.removeSignalListener("SIGHUP", listener) };
}

/** Loads the keys again. While a file is invalid, {@linkcode TrustStore.load} trusts no key. */
async function reloadTrust(trust: ReloadableTrust, log: Log): Promise<void> {
  const logger = log.logger("trust");
  try {
    await trust.load();
    logger.warning("trust files reloaded", { keys: trust.size });
  } catch (error) {
    logger.error("cannot reload trust files, no key is trusted", { error: messageOf(error) });
  }
}
