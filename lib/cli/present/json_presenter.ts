/**
 * `-j`: one JSON document at the end. Imports `nodeset` and `trigger`.
 * @module
 */
import { sortNodes } from "../../nodeset/name_shape.ts";
import type { NodeEnd } from "../../trigger/gather.ts";
import type { NodeResult } from "../../trigger/outcome.ts";
import { jsonDocument, type RunSummary } from "../render_json.ts";
import type { StreamName, Terminal } from "../terminal.ts";
import { OutputStock } from "./output_stock.ts";
import type { Presenter } from "./presenter.ts";

/** Keeps everything until all is over; then shows it with the hosts in the order of their names. */
export class JsonPresenter implements Presenter {
  readonly #terminal: Terminal;
  readonly #stocks: Readonly<Record<StreamName, OutputStock>>;
  readonly #results = new Map<string, NodeResult>();

  /** Makes a presenter that keeps at most `limit` bytes of each stream of a host. */
  constructor(terminal: Terminal, limit: number) {
    this.#terminal = terminal;
    this.#stocks = { stdout: new OutputStock(limit), stderr: new OutputStock(limit) };
  }

  /** Keeps output. */
  output(node: string, stream: StreamName, bytes: Uint8Array): void {
    this.#stocks[stream].add(node, bytes);
  }

  /** Keeps how the host ended. */
  ended(node: string, end: NodeEnd): void {
    const stdout = this.#stocks.stdout.take(node);
    const stderr = this.#stocks.stderr.take(node);
    this.#results.set(node, { node, ...end, stdout, stderr });
  }

  /** Shows the document. */
  async finish(summary: RunSummary): Promise<void> {
    const results = sortNodes(this.#results.keys()).flatMap((node) =>
      this.#results.get(node) ?? []
    );
    await this.#terminal.print(jsonDocument(results, summary));
  }
}
