/**
 * The ways to show results: as lines, gathered, as JSON. One presenter per run; it is told what
 * comes and writes to the terminal. Imports `trigger`.
 * @module
 */
import { ByteCollector } from "../base/byte_collector.ts";
import { sortNodes } from "../nodeset/name_shape.ts";
import { type FoldedResult, Folder } from "../trigger/fold.ts";
import type { GatherSink, NodeEnd } from "../trigger/gather.ts";
import type { NodeResult } from "../trigger/outcome.ts";
import type { OutputChoice, OutputFormat } from "./options/output_options.ts";
import { renderGathered } from "./render_gathered.ts";
import {
  jsonDocument,
  jsonOutputLine,
  jsonResultLine,
  jsonSummaryLine,
  type RunSummary,
} from "./render_json.ts";
import { LineRenderer } from "./render_lines.ts";
import type { RenderStyle } from "./render_style.ts";
import type { Terminal } from "./terminal.ts";

/** Shows results. */
export interface Presenter extends GatherSink {
  /** All is over: shows what was kept back. */
  finish(summary: RunSummary): Promise<void>;
}

type StreamName = "stdout" | "stderr";
type GatheredFormat = Extract<OutputFormat, { readonly kind: "gathered" }>;

/**
 * Chooses the presenter for what the options say. One that gathers keeps at most `limit` bytes of
 * each output stream of a host.
 */
export function choosePresenter(
  choice: OutputChoice,
  terminal: Terminal,
  limit: number,
): Presenter {
  const { format } = choice;
  switch (format.kind) {
    case "lines":
      return new LinePresenter(terminal, choice);
    case "gathered":
      return new GatheredPresenter(terminal, choice, { ...format, limit });
    case "json":
      return new JsonPresenter(terminal, limit);
    case "jsonl":
      return new JsonLinesPresenter(terminal);
    default:
      return format satisfies never;
  }
}

function styleOf(terminal: Terminal, stream: StreamName, choice: OutputChoice): RenderStyle {
  return {
    labels: choice.labels,
    escape: terminal.mustEscape(stream, choice),
    colors: terminal.hasColors(stream),
  };
}

/** `host: line`, as it comes. */
class LinePresenter implements Presenter {
  readonly #terminal: Terminal;
  readonly #renderers: Readonly<Record<StreamName, LineRenderer>>;

  constructor(terminal: Terminal, choice: OutputChoice) {
    this.#terminal = terminal;
    this.#renderers = {
      stdout: new LineRenderer("stdout", styleOf(terminal, "stdout", choice)),
      stderr: new LineRenderer("stderr", styleOf(terminal, "stderr", choice)),
    };
  }

  output(node: string, stream: StreamName, bytes: Uint8Array): Promise<void> {
    return this.#terminal.write(stream, this.#renderers[stream].push(node, bytes));
  }

  ended(node: string): void {
    for (const stream of ["stdout", "stderr"] as const) {
      this.#terminal.write(stream, this.#renderers[stream].end(node));
    }
  }

  async finish(): Promise<void> {
    await this.#terminal.write("stdout", this.#renderers.stdout.endAll());
    await this.#terminal.write("stderr", this.#renderers.stderr.endAll());
  }
}

/**
 * Keeps the output of each host until the host has ended, and no more of it than an honest agent
 * sends: what agents are told of the limit does not bind a hostile one.
 */
class OutputStock {
  readonly #limit: number;
  readonly #stock = new Map<string, ByteCollector>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(node: string, bytes: Uint8Array): void {
    const collector = this.#stock.get(node) ?? new ByteCollector(this.#limit);
    this.#stock.set(node, collector);
    collector.add(bytes);
  }

  take(node: string): Uint8Array {
    const bytes = this.#stock.get(node)?.bytes() ?? new Uint8Array();
    this.#stock.delete(node);
    return bytes;
  }
}

/** Gathered by host or folded, shown at the end. */
class GatheredPresenter implements Presenter {
  readonly #terminal: Terminal;
  readonly #choice: OutputChoice;
  readonly #format: GatheredFormat;
  readonly #stock: OutputStock;
  readonly #folder = new Folder();
  readonly #errors: LineRenderer;

  constructor(
    terminal: Terminal,
    choice: OutputChoice,
    format: GatheredFormat & { readonly limit: number },
  ) {
    this.#stock = new OutputStock(2 * format.limit);
    this.#terminal = terminal;
    this.#choice = choice;
    this.#format = format;
    this.#errors = new LineRenderer("stderr", styleOf(terminal, "stderr", choice));
  }

  output(node: string, stream: StreamName, bytes: Uint8Array): Promise<void> | void {
    if (stream === "stdout" || this.#format.withStderr) this.#stock.add(node, bytes);
    else return this.#terminal.write("stderr", this.#errors.push(node, bytes));
  }

  ended(node: string, { outcome }: NodeEnd): void {
    this.#terminal.write("stderr", this.#errors.end(node));
    this.#folder.add(node, outcome, this.#stock.take(node));
  }

  async finish(): Promise<void> {
    const style = {
      ...styleOf(this.#terminal, "stdout", this.#choice),
      headers: this.#format.headers,
    };
    const groups = this.#folder.groups();
    const shown = this.#format.fold ? groups : byNode(groups);
    await this.#terminal.write("stdout", renderGathered(shown, style));
  }
}

/** Each host by itself, in the order in which names are folded. */
function byNode(groups: readonly FoldedResult[]): readonly FoldedResult[] {
  const groupOf = new Map(groups.flatMap((group) => group.nodes.map((node) => [node, group])));
  return sortNodes([...groupOf.keys()]).flatMap((node) => {
    const group = groupOf.get(node);
    return group ? [{ ...group, nodes: [node] }] : [];
  });
}

/** One JSON document at the end, with the hosts in the order of their names. */
class JsonPresenter implements Presenter {
  readonly #terminal: Terminal;
  readonly #stocks: Readonly<Record<StreamName, OutputStock>>;
  readonly #results = new Map<string, NodeResult>();

  constructor(terminal: Terminal, limit: number) {
    this.#terminal = terminal;
    this.#stocks = { stdout: new OutputStock(limit), stderr: new OutputStock(limit) };
  }

  output(node: string, stream: StreamName, bytes: Uint8Array): void {
    this.#stocks[stream].add(node, bytes);
  }

  ended(node: string, end: NodeEnd): void {
    const stdout = this.#stocks.stdout.take(node);
    const stderr = this.#stocks.stderr.take(node);
    this.#results.set(node, { node, ...end, stdout, stderr });
  }

  async finish(summary: RunSummary): Promise<void> {
    const results = sortNodes(this.#results.keys()).flatMap((node) =>
      this.#results.get(node) ?? []
    );
    await this.#terminal.print(jsonDocument(results, summary));
  }
}

/** One JSON object per line, as things happen. */
class JsonLinesPresenter implements Presenter {
  readonly #terminal: Terminal;
  readonly #outcomes: NodeEnd["outcome"][] = [];

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  output(node: string, stream: StreamName, bytes: Uint8Array): Promise<void> {
    return this.#terminal.print(jsonOutputLine(node, stream, bytes));
  }

  ended(node: string, end: NodeEnd): void {
    this.#outcomes.push(end.outcome);
    this.#terminal.print(jsonResultLine(node, end));
  }

  async finish(summary: RunSummary): Promise<void> {
    await this.#terminal.print(jsonSummaryLine(this.#outcomes, summary));
  }
}
