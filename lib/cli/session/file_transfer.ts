/**
 * The common part of `copy` and `fetch`: the request without its command, and the transfer of
 * several files one after another with one exit status.
 * @module
 */
import { MAX_TIMEOUT_MS } from "../../envelope/statements/request.ts";
import type { Target } from "../../nodeset/mod.ts";
import type { RequestSpec } from "../../trigger/requests/submission.ts";
import type { RolloutPlan } from "../../trigger/rollout/rollout_plan.ts";
import type { OutputChoice } from "../args/output_options.ts";
import type { DryRunChoice } from "../args/submit_options.ts";
import type { TransferChoice } from "../args/execution_options.ts";
import { EXIT_INTERRUPTED, EXIT_OK } from "../process/exit_code.ts";
import { requestLife } from "./request_life.ts";
import { DELIVERY_MS } from "./with_queue.ts";

/** Returns the request without its command. */
export function transferRequest(
  { transfer, dryRun }: Pick<DryRunChoice, "dryRun"> & { readonly transfer: TransferChoice },
  { target, plan }: { readonly target: Target; readonly plan: RolloutPlan | undefined },
): Omit<RequestSpec, "run"> {
  const { user, deliveryTimeoutMs = DELIVERY_MS, runTimeoutMs = MAX_TIMEOUT_MS } = transfer;
  return {
    target,
    lifeMs: requestLife({ deliverMs: deliveryTimeoutMs, runMs: runTimeoutMs, splayMs: 0 }, plan),
    timeoutMs: runTimeoutMs,
    ...(plan && { hold: true }),
    mode: dryRun ? "check" : "run",
    ...(user !== undefined && { user }),
  };
}

/** The context of a sequence of files. */
export interface FileSequence {
  /** Aborted when the program must stop early. */
  readonly signal: AbortSignal;
  /** The parsed options. */
  readonly options: { readonly output: Pick<OutputChoice, "maxrc"> };
}

/**
 * Calls `action` for each of `items`, one after another, until interrupted.
 * @returns one exit status: all statuses combined, or the largest with `--maxrc`
 */
export async function forEachFile<T>(
  items: readonly T[],
  { signal, options }: FileSequence,
  action: (item: T) => Promise<number>,
): Promise<number> {
  let combined = EXIT_OK;
  for (const item of items) {
    if (signal.aborted) return EXIT_INTERRUPTED;
    const status = await action(item);
    if (status === EXIT_INTERRUPTED) return status;
    combined = options.output.maxrc ? Math.max(combined, status) : combined | status;
  }
  return combined;
}
