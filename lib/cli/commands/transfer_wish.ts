/**
 * What requests of `copy` and `fetch` have in common.
 * @module
 */
import { MAX_TIMEOUT_MS } from "../../envelope/statements/request.ts";
import type { Target } from "../../nodeset/mod.ts";
import type { RequestSpec } from "../../trigger/requests/submission.ts";
import type { RolloutPlan } from "../../trigger/rollout/rollout_plan.ts";
import type { RehearsalChoice } from "../options/rehearsal_options.ts";
import type { TransferChoice } from "../options/transfer_options.ts";
import { requestLife } from "../request_life.ts";
import { DELIVERY_MS } from "./with_queue.ts";

/** A wish without what is to be run. */
export function transferWish(
  { transfer, dryRun }: Pick<RehearsalChoice, "dryRun"> & { readonly transfer: TransferChoice },
  { target, plan }: { readonly target: Target; readonly plan: RolloutPlan | undefined },
): Omit<RequestSpec, "run"> {
  const { user, deliveryTimeoutMs = DELIVERY_MS, runTimeoutMs = MAX_TIMEOUT_MS } = transfer;
  return {
    target,
    lifeMs: requestLife({ deliverMs: deliveryTimeoutMs, runMs: runTimeoutMs, splayMs: 0 }, plan),
    timeoutMs: runTimeoutMs,
    mode: dryRun ? "check" : "run",
    ...(user !== undefined && { user }),
  };
}
