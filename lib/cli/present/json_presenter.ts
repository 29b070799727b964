/**
 * `-j`: one JSON document at the end. Imports `base`, `nodeset` and `trigger`.
 * @module
 */
import { encodeUtf8 } from "../../base/bytes.ts";
import { sortNodeNames } from "../../nodeset/sets/node_name.ts";
import { DistinctOutputs } from "../../trigger/results/result_groups.ts";
import type { HostResult } from "../../trigger/results/host_result.ts";
import type { HostResultWithOutput } from "../../trigger/results/host_result.ts";
import { jsonDocument, type RunSummary } from "../render_json.ts";
import type { StreamName, Terminal } from "../terminal.ts";
import { OutputStock } from "./output_stock.ts";
import type { Presenter } from "./presenter.ts";

/**
 * Keeps different outputs, each once, until all is over; then shows every host, in the order of their
 * names.
 */
export class JsonPresenter implements Presenter {
  readonly #terminal: Terminal;
  readonly #stocks: Readonly<Record<StreamName, OutputStock>>;
  readonly #outputs = new DistinctOutputs();
  readonly #results = new Map<string, HostResultWithOutput>();

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
  ended(node: string, end: HostResult): void {
    const stdout = this.#outputs.keep(this.#stocks.stdout.take(node)).bytes;
    const stderr = this.#outputs.keep(this.#stocks.stderr.take(node)).bytes;
    this.#results.set(node, { node, ...end, stdout, stderr });
  }

  /** Shows the document. */
  async finish(summary: RunSummary): Promise<void> {
    const results = sortNodeNames(this.#results.keys()).flatMap((node) =>
      this.#results.get(node) ?? []
    );
    for (const piece of jsonDocument(results, summary)) {
      await this.#terminal.write("stdout", encodeUtf8(piece));
    }
  }
}
