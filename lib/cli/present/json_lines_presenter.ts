/**
 * `--jsonl`: one JSON object per line, as things happen. Imports `trigger`.
 * @module
 */
import type { HostResult } from "../../trigger/results/host_result.ts";
import {
  jsonOutputLine,
  jsonResultLine,
  jsonSummaryLine,
  type RunSummary,
} from "../render_json.ts";
import type { StreamName, Terminal } from "../terminal.ts";
import type { Presenter } from "./presenter.ts";

/** Shows each thing at once, and at the end how many hosts ended in which way. */
export class JsonLinesPresenter implements Presenter {
  readonly #terminal: Terminal;
  readonly #outcomes: HostResult["outcome"][] = [];

  /** Makes a presenter of JSON lines. */
  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Shows a chunk of output. */
  output(node: string, stream: StreamName, bytes: Uint8Array): Promise<void> {
    return this.#terminal.print(jsonOutputLine(node, stream, bytes));
  }

  /** Shows how the host ended. */
  ended(node: string, end: HostResult): void {
    this.#outcomes.push(end.outcome);
    this.#terminal.print(jsonResultLine(node, end));
  }

  /** Shows the last line. */
  async finish(summary: RunSummary): Promise<void> {
    await this.#terminal.print(jsonSummaryLine(this.#outcomes, summary));
  }
}
