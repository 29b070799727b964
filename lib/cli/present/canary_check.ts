/**
 * Checks the canaries of a rollout: whether all of them succeeded with the same output. Shows their
 * output, folded, and what differs.
 * @module
 */
import { concat } from "../../base/bytes.ts";
import { foldNodes } from "../../nodeset/sets/node_set.ts";
import { type ResultGroup, ResultGrouper } from "../../trigger/results/result_groups.ts";
import type { HostResult, ResultListener } from "../../trigger/results/host_result.ts";
import { maskOutput } from "../../trigger/results/difference_mask.ts";
import { outcomeClass } from "../../protocol/job/host_state.ts";
import type { OutputChoice } from "../args/output_options.ts";
import { renderGathered } from "../render/host_output.ts";
import { type EndedNode, summaryLines } from "../render/run_summary.ts";
import type { StreamName, Terminal } from "../terminal/terminal.ts";
import { HostBuffers, streamStyle } from "./presenter.ts";

/** The maximum stored output per stream and canary, in bytes. */
const MAX_KEPT_BYTES = 1_048_576;

/** Collects the output and outcomes of the canaries. */
export class CanaryCheck implements ResultListener {
  readonly #terminal: Terminal;
  readonly #choice: OutputChoice;
  /** The canaries with their positions. */
  readonly #canaries: ReadonlyMap<string, number>;
  readonly #buffers: Readonly<Record<StreamName, HostBuffers>>;
  readonly #groups = new ResultGrouper();
  readonly #ends: EndedNode[] = [];
  #isWhole = true;

  /** Creates a check of `canaries`, none of which has ended. */
  constructor(terminal: Terminal, choice: OutputChoice, canaries: readonly string[]) {
    this.#terminal = terminal;
    this.#choice = choice;
    this.#canaries = new Map(canaries.map((node, index) => [node, index]));
    this.#buffers = {
      stdout: new HostBuffers(MAX_KEPT_BYTES),
      stderr: new HostBuffers(MAX_KEPT_BYTES),
    };
  }

  /** Stores output of a canary. */
  output(node: string, stream: StreamName, bytes: Uint8Array): void {
    if (this.#canaries.has(node)) this.#buffers[stream].add(node, bytes);
  }

  /** Stores the outcome of a canary. */
  ended(node: string, { outcome, droppedBytes }: HostResult): void {
    if (!this.#canaries.has(node)) return;
    const [stdout, stderr] = [this.#buffers.stdout.take(node), this.#buffers.stderr.take(node)];
    if (droppedBytes > 0 || stdout.length === MAX_KEPT_BYTES || stderr.length === MAX_KEPT_BYTES) {
      this.#isWhole = false;
    }
    const { mask } = this.#choice;
    const printed = concat([stdout, stderr]);
    this.#groups.add(node, outcome, mask ? maskOutput(node, printed, mask) : printed);
    this.#ends.push({ node, outcome });
  }

  /** Whether all canaries succeeded with the same output, as far as it was stored. */
  get passed(): boolean {
    return this.#allSucceeded && this.#difference === undefined;
  }

  /** Shows their output on stderr, folded, and the reason why the check failed. */
  report(): void {
    const style = { ...streamStyle(this.#terminal, "stderr", this.#choice), headers: true };
    for (const block of renderGathered(this.#sortedGroups(), { ...style, labels: true })) {
      this.#terminal.write("stderr", block);
    }
    summaryLines(this.#ends).forEach((line) => this.#terminal.note(line));
    const difference = this.#allSucceeded ? this.#difference : undefined;
    if (difference === undefined) return;
    this.#terminal.note(`${foldNodes(this.#ends.map(({ node }) => node))}: ${difference}`);
  }

  get #allSucceeded(): boolean {
    return this.#ends.every(({ outcome }) => outcomeClass(outcome) === "ok");
  }

  get #difference(): string | undefined {
    if (!this.#isWhole) return "output is too long to compare";
    if (this.#groups.groups().length <= 1) return undefined;
    return this.#choice.mask
      ? "outputs differ"
      : "outputs differ; --mask ignores host names, times, PIDs and addresses";
  }

  /**
   * Returns the groups by size, largest first; groups of equal size in the order of the canaries.
   */
  #sortedGroups(): readonly ResultGroup[] {
    const position = ({ nodes }: ResultGroup) =>
      Math.min(...nodes.map((node) => this.#canaries.get(node) ?? Infinity));
    return this.#groups.groups().toSorted((a, b) =>
      b.nodes.length - a.nodes.length || position(a) - position(b)
    );
  }
}
