/**
 * Orders: what the hub is handed, signed or, for the first program's way, unsigned.
 * Imports `envelope` and `hub` types.
 * @module
 */
import { hash } from "node:crypto";
import { newRequestId } from "../envelope/body_fields.ts";
import { encodeLegacy, type LegacyCommand } from "../envelope/legacy.ts";
import type { JobOrder } from "../hub/job.ts";

/** An order before it is known which hosts it goes to, and how long they are waited for. */
export type Order = Omit<JobOrder, "nodes" | "deliverMs">;

/** How long an unsigned command may run before its host is counted as lost: a day. */
const UNSIGNED_RUN_MS = 86_400_000;

/**
 * An order that nobody signs. Only agents that were started with `--insecure` obey it.
 * @throws {EnvelopeError} `legacy` if the first program's wire cannot carry the command
 */
export function unsignedOrder(command: LegacyCommand): Order {
  encodeLegacy(command);
  const id = newRequestId();
  return {
    id,
    digest: hash("sha256", `${command.host}:${command.command}`, "hex"),
    message: { kind: "unsigned", id, ...command },
    runMs: UNSIGNED_RUN_MS,
  };
}
