/**
 * What every way to show results has in common: the `Presenter` interface, the style of a stream,
 * and the buffers that hold output until a host has ended.
 * @module
 */
import { ByteCollector } from "../../base/bytes.ts";
import type { ResultSink } from "../../trigger/results/host_result.ts";
import type { OutputChoice } from "../args/output_options.ts";
import type { RenderStyle } from "../render/host_output.ts";
import type { RunSummary } from "../render/json_results.ts";
import type { StreamName, Terminal } from "../terminal/terminal.ts";

/**
 * Keeps the output of each host until the host has ended, and no more of it than an honest agent
 * sends: what agents are told of the limit does not bind a hostile one.
 */
export class HostBuffers {
  readonly #limit: number;
  readonly #stock = new Map<string, ByteCollector>();

  /** Makes an empty stock that keeps at most `limit` bytes of each host. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Keeps more of a host's output. */
  add(node: string, bytes: Uint8Array): void {
    const collector = this.#stock.get(node) ?? new ByteCollector(this.#limit);
    this.#stock.set(node, collector);
    collector.add(bytes);
  }

  /** Gives out what was kept of a host, and forgets it. */
  take(node: string): Uint8Array {
    const bytes = this.#stock.get(node)?.bytes() ?? new Uint8Array();
    this.#stock.delete(node);
    return bytes;
  }
}

/** Shows results: it is told what comes and writes to the terminal. There is one per run. */
export interface Presenter extends ResultSink {
  /** All is over: shows what was kept back. */
  finish(summary: RunSummary): Promise<void>;
}

/** How results look on `stream` of this terminal. */
export function streamStyle(
  terminal: Terminal,
  stream: StreamName,
  choice: Pick<OutputChoice, "labels" | "raw">,
): RenderStyle {
  return {
    labels: choice.labels,
    escape: terminal.mustEscape(stream, choice),
    colors: terminal.hasColors(stream),
  };
}
