/**
 * Reads the trust files again at SIGHUP. While a file is invalid, no key is trusted.
 * @module
 */
import { messageOf } from "../../base/errors.ts";
import type { TrustStore } from "../../agent/admission/trust_store.ts";
import type { Log } from "../log/log.ts";

/** Reads `trust` again at each SIGHUP, until disposed of. */
export function reloadTrustOnHangup(trust: TrustStore, log: Log): Disposable {
  const listener = () => void reloadTrust(trust, log);
  Deno.addSignalListener("SIGHUP", listener);
  return { [Symbol.dispose]: () => Deno.removeSignalListener("SIGHUP", listener) };
}

/** Whatever is wrong with the files now, nobody is trusted until it is mended. */
async function reloadTrust(trust: TrustStore, log: Log): Promise<void> {
  const logger = log.logger("trust");
  try {
    await trust.load();
    logger.warning("trust was read again: {size} keys", { size: trust.size });
  } catch (error) {
    logger.error("nobody is trusted: {reason}", {
      reason: messageOf(error),
    });
  }
}
