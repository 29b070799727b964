/**
 * What the presenters that fold have in common. Imports `trigger`.
 * @module
 */
import { type ResultGroup, ResultGrouper } from "../../trigger/results/result_groups.ts";
import type { HostResult } from "../../trigger/results/host_result.ts";
import { maskOutput } from "../../trigger/results/mask.ts";
import type { OutputChoice } from "../args/output_options.ts";
import type { RunSummary } from "../render_json.ts";
import { LineRenderer } from "../render_lines.ts";
import type { StreamName, Terminal } from "../terminal.ts";
import { OutputStock } from "./output_stock.ts";
import { type Presenter, styleOf } from "./presenter.ts";

/** What is gathered. */
export interface Gathering {
  /** stderr, too, instead of showing it as it comes. */
  readonly withStderr: boolean;
  /** At most so many bytes of each stream of a host. */
  readonly limit: number;
}

/** Keeps different outputs, each once, masked if that was asked for, and shows stderr as it comes. */
export abstract class GatheringPresenter implements Presenter {
  readonly #terminal: Terminal;
  readonly #mask: readonly RegExp[] | undefined;
  readonly #withStderr: boolean;
  readonly #stock: OutputStock;
  readonly #folder = new ResultGrouper();
  readonly #errors: LineRenderer;

  /** Makes a presenter that has gathered nothing yet. */
  constructor(terminal: Terminal, choice: OutputChoice, { withStderr, limit }: Gathering) {
    this.#terminal = terminal;
    this.#mask = choice.mask;
    this.#withStderr = withStderr;
    this.#stock = new OutputStock(2 * limit);
    this.#errors = new LineRenderer("stderr", styleOf(terminal, "stderr", choice));
  }

  /** Keeps output; stderr is shown as it comes, unless it is gathered, too. */
  output(node: string, stream: StreamName, bytes: Uint8Array): Promise<void> | void {
    if (stream === "stdout" || this.#withStderr) this.#stock.add(node, bytes);
    else return this.#terminal.write("stderr", this.#errors.push(node, bytes));
  }

  /** Folds what the host has printed. */
  ended(node: string, { outcome }: HostResult): void {
    this.#terminal.write("stderr", this.#errors.end(node));
    const output = this.#stock.take(node);
    this.#folder.add(node, outcome, this.#mask ? maskOutput(node, output, this.#mask) : output);
  }

  /** What has been gathered: the largest group first. */
  protected groups(): readonly ResultGroup[] {
    return this.#folder.groups();
  }

  abstract finish(summary: RunSummary): Promise<void>;
}
