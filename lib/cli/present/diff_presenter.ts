/**
 * `--diff` and `--mask`: what differs from a reference, shown at the end. Imports `trigger`.
 * @module
 */
import { compareOutputs, type OutputDiff } from "../../trigger/results/output_diff.ts";
import type { OutputChoice } from "../args/output_options.ts";
import type { OutputFormat } from "../args/output_options.ts";
import { renderDiff } from "../render_diff.ts";
import type { Terminal } from "../terminal.ts";
import { GatheringPresenter } from "./gathering_presenter.ts";
import { styleOf } from "./presenter.ts";

type DiffFormat = Extract<OutputFormat, { readonly kind: "diff" }>;

/** Keeps different outputs, each once, and shows how they differ when all is over. */
export class DiffPresenter extends GatheringPresenter {
  readonly #terminal: Terminal;
  readonly #choice: OutputChoice;
  readonly #format: DiffFormat;

  /** Makes a presenter that keeps at most `format.limit` bytes of each stream of a host. */
  constructor(
    terminal: Terminal,
    choice: OutputChoice,
    format: DiffFormat & { readonly limit: number },
  ) {
    super(terminal, choice, format);
    this.#terminal = terminal;
    this.#choice = choice;
    this.#format = format;
  }

  /** Shows all of it; nothing if nobody differs, unless equality was not meant to the letter. */
  async finish(): Promise<void> {
    const comparison = compareOutputs(this.groups(), this.#format.reference);
    if (!comparison) return;
    if (this.#choice.mask) await this.#terminal.print(countText(comparison));
    const style = styleOf(this.#terminal, "stdout", this.#choice);
    for (const diff of renderDiff(comparison, style)) await this.#terminal.write("stdout", diff);
  }
}

/** `197 equal, 3 differ`. */
function countText({ reference, others }: OutputDiff): string {
  const differ = others.reduce((count, { nodes }) => count + nodes.length, 0);
  return `${reference.nodes.length} equal, ${differ} ${differ === 1 ? "differs" : "differ"}`;
}
