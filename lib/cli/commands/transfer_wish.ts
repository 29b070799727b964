/**
 * What requests of `copy` and `fetch` have in common.
 * @module
 */
import { MAX_TIMEOUT_MS } from "../../envelope/request.ts";
import type { Target } from "../../nodeset/target.ts";
import type { Wish } from "../../trigger/order.ts";
import type { RehearsalChoice } from "../options/rehearsal_options.ts";
import type { TransferChoice } from "../options/transfer_options.ts";
import { DELIVERY_MS } from "./with_queue.ts";

/** The least that a request lives, so that clocks may differ a little, and the most. */
const [MIN_LIFE_MS, MAX_LIFE_MS] = [60_000, 86_400_000];

/** A wish without what is to be run. */
export function transferWish(
  { transfer, dryRun }: Pick<RehearsalChoice, "dryRun"> & { readonly transfer: TransferChoice },
  target: Target,
): Omit<Wish, "run"> {
  const { user, deliveryTimeoutMs = DELIVERY_MS, runTimeoutMs = MAX_TIMEOUT_MS } = transfer;
  return {
    target,
    lifeMs: Math.min(Math.max(deliveryTimeoutMs, MIN_LIFE_MS), MAX_LIFE_MS),
    timeoutMs: runTimeoutMs,
    mode: dryRun ? "check" : "run",
    ...(user !== undefined && { user }),
  };
}
