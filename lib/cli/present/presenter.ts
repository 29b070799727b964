/**
 * The `Presenter` interface, the style of a stream, and the buffers that hold output until a host
 * has ended.
 * @module
 */
import { ByteCollector } from "../../base/bytes.ts";
import type { ResultListener } from "../../trigger/results/host_result.ts";
import type { OutputChoice } from "../args/output_options.ts";
import type { RenderStyle } from "../render/host_output.ts";
import type { RunSummary } from "../render/json_results.ts";
import type { StreamName, Terminal } from "../terminal/terminal.ts";

/**
 * Stores the output of each host until the host has ended. The output is limited, because a hostile
 * agent may send more than requested.
 */
export class HostBuffers {
  readonly #limit: number;
  readonly #collectors = new Map<string, ByteCollector>();

  /** Creates buffers of at most `limit` bytes per host. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Stores more of a host's output. */
  add(node: string, bytes: Uint8Array): void {
    const collector = this.#collectors.get(node) ?? new ByteCollector(this.#limit);
    this.#collectors.set(node, collector);
    collector.add(bytes);
  }

  /** Returns the output of a host, and removes it. */
  take(node: string): Uint8Array {
    const bytes = this.#collectors.get(node)?.bytes() ?? new Uint8Array();
    this.#collectors.delete(node);
    return bytes;
  }
}

/** Shows the results of one run on the terminal. */
export interface Presenter extends ResultListener {
  /** Shows the results that were held back until the end of the run. */
  finish(summary: RunSummary): Promise<void>;
}

/** Returns the style of results on `stream` of this terminal. */
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
