/**
 * Runs a rollout at the terminal: shows the plan, checks the canaries, asks the operator, and
 * reports why the rollout stopped.
 * @module
 */
import { readUnverified } from "../../envelope/signing/unverified_envelope.ts";
import { requestType } from "../../envelope/statements/request.ts";
import { foldNodes } from "../../nodeset/sets/node_set.ts";
import type { HostResult, ResultListener } from "../../trigger/results/host_result.ts";
import type { PreparedRequest } from "../../trigger/requests/submission.ts";
import { type HeldJob, RolloutRun, type RolloutStop } from "../../trigger/rollout/rollout.ts";
import { planRollout, type RolloutPlan } from "../../trigger/rollout/rollout_plan.ts";
import { askYesNo, canAsk } from "../terminal/confirmation_prompt.ts";
import { formatDuration } from "../render/units.ts";
import type { OutputChoice } from "../args/output_options.ts";
import type { RolloutChoice } from "../args/rollout_options.ts";
import type { DryRunChoice } from "../args/submit_options.ts";
import { CanaryCheck } from "../present/canary_check.ts";
import { hostCountText, planText, stopText } from "../render/rollout_text.ts";
import type { StreamName } from "../terminal/terminal.ts";
import type { CommandContext } from "./with_queue.ts";

/** The context of a rollout at the terminal. */
export interface StagedRunOptions extends Pick<CommandContext, "terminal" | "signal"> {
  /** The parsed options. */
  readonly options: { readonly output: OutputChoice };
  /** The order of the hosts, and the batch sizes and thresholds. */
  readonly plan: RolloutPlan;
}

/**
 * Returns the plan for `nodes`, if the options request a rollout. A dry run starts on all hosts at
 * once.
 */
export function rolloutPlanFor(
  nodes: readonly string[],
  { rollout, dryRun }: RolloutChoice & Pick<DryRunChoice, "dryRun">,
): RolloutPlan | undefined {
  return rollout && !dryRun ? planRollout(rollout, nodes) : undefined;
}

/** A rollout at the terminal. Listens to output and results of the hosts. */
export class StagedRun implements ResultListener, Disposable {
  readonly #options: StagedRunOptions;
  readonly #canaries: CanaryCheck;
  readonly #run: RolloutRun;
  readonly #until: number;

  /** Creates a rollout of `prepared`, which {@linkcode StagedRun.begin} starts. */
  constructor(prepared: PreparedRequest, options: StagedRunOptions) {
    const { terminal, signal, options: { output }, plan } = options;
    this.#options = options;
    this.#until = latestStart(prepared);
    this.#canaries = new CanaryCheck(terminal, output, plan.nodes.slice(0, plan.canary));
    this.#run = new RolloutRun({
      plan,
      until: this.#until,
      checkCanaries: (canaries) => this.#checkCanaries(canaries),
      onStop: (why, left) => terminal.warning(stopText(why, left)),
      signal: AbortSignal.any([signal, terminal.outputClosed]),
    });
  }

  /** The reason why the rollout stopped, if it did. */
  get stopped(): RolloutStop["kind"] | undefined {
    return this.#run.stopped?.kind;
  }

  /** Prints the plan, and releases the first hosts of `job`. */
  begin(job: HeldJob): void {
    const { plan, options, terminal } = this.#options;
    const minutes = Math.ceil((this.#until - Date.now()) / 60_000);
    const life = formatDuration(minutes * 60_000);
    if (!options.output.quiet) terminal.note(`${planText(plan)}; request valid for ${life}`);
    this.#run.begin(job);
  }

  /** Stores output of canaries. */
  output(node: string, stream: StreamName, bytes: Uint8Array): void {
    this.#canaries.output(node, stream, bytes);
  }

  /** Counts a host that has ended, and releases the next ones. */
  ended(node: string, end: HostResult): void {
    this.#canaries.ended(node, end);
    this.#run.ended(node, end.outcome);
  }

  /** Stops releasing hosts. */
  [Symbol.dispose](): void {
    this.#run[Symbol.dispose]();
  }

  async #checkCanaries(canaries: readonly string[]): Promise<boolean> {
    const { terminal, plan, signal, options: { output } } = this.#options;
    const { passed: isGood } = this.#canaries;
    const rest = hostCountText(plan.nodes.length - canaries.length);
    // Lines have been shown as they arrived; gathered output is shown at the end only.
    const isSeen = output.format.kind === "lines" || output.format.kind === "jsonl";
    if (!isGood || (!isSeen && !output.quiet)) this.#canaries.report();
    if (isGood) {
      if (!output.quiet) terminal.note(`canary ${foldNodes(canaries)} ok, continuing with ${rest}`);
      return true;
    }
    if (!canAsk(terminal)) return false;
    // Ctrl-C counts as no.
    return await askYesNo(`Continue with ${rest}?`, terminal, { signal }).catch(() => false);
  }
}

/** Returns the latest time to release a host. After its splay, the request must still be fresh. */
function latestStart({ message }: PreparedRequest): number {
  if (message.kind !== "sealed") return Infinity;
  const { claimed: { expires, splayMs = 0 } } = readUnverified(message.envelope, requestType);
  return expires - splayMs;
}
