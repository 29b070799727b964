/**
 * What `copy` and `fetch` share: the request without its command, and the transfer of several files
 * one after another with one exit status.
 * @module
 */
import { MAX_TIMEOUT_MS } from "../../envelope/statements/request.ts";
import type { Target } from "../../nodeset/mod.ts";
import type { RequestSpec } from "../../trigger/requests/submission.ts";
import type { RolloutPlan } from "../../trigger/rollout/rollout_plan.ts";
import type { OutputChoice } from "../args/output_options.ts";
import type { DryRunChoice } from "../args/submit_options.ts";
import type { TransferChoice } from "../args/execution_options.ts";
import { EXIT_INTERRUPTED, EXIT_OK } from "../program/exit_code.ts";
import { requestLife } from "./request_life.ts";
import { DELIVERY_MS } from "./with_queue.ts";

/** The request without its command. */
export function transferRequest(
  { transfer, dryRun }: Pick<DryRunChoice, "dryRun"> & { readonly transfer: TransferChoice },
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

/** What a sequence of files depends on. */
export interface FileSequence {
  /** Aborted when the program is to end early. */
  readonly signal: AbortSignal;
  /** What the command line says. */
  readonly options: { readonly output: Pick<OutputChoice, "maxrc"> };
}

/**
 * Does `action` with each of `items`, one after another, until it is interrupted.
 * @returns one exit status: all statuses added up, or the largest with `--maxrc`
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
