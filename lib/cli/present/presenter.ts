/**
 * What every way to show results has in common. Imports `trigger`.
 * @module
 */
import type { ResultSink } from "../../trigger/results/host_result.ts";
import type { OutputChoice } from "../args/output_options.ts";
import type { RunSummary } from "../render_json.ts";
import type { RenderStyle } from "../render_style.ts";
import type { StreamName, Terminal } from "../terminal.ts";

/** Shows results: it is told what comes and writes to the terminal. There is one per run. */
export interface Presenter extends ResultSink {
  /** All is over: shows what was kept back. */
  finish(summary: RunSummary): Promise<void>;
}

/** How results look on `stream` of this terminal. */
export function styleOf(
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
