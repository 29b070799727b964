/**
 * The ways to show results, one presenter each: lines as they come, gathered or compared at the
 * end, one JSON document, or JSON lines. The options choose one of them.
 * @module
 */
import { encodeUtf8 } from "../../base/bytes.ts";
import { sortNodeNames } from "../../nodeset/sets/node_name.ts";
import type { HostResult, HostResultWithOutput } from "../../trigger/results/host_result.ts";
import { maskOutput } from "../../trigger/results/mask.ts";
import { compareOutputs, type OutputDiff } from "../../trigger/results/output_diff.ts";
import {
  DistinctOutputs,
  type ResultGroup,
  ResultGrouper,
} from "../../trigger/results/result_groups.ts";
import type { OutputChoice, OutputFormat } from "../args/output_options.ts";
import { LineRenderer, renderGathered } from "../render/host_output.ts";
import {
  jsonDocument,
  jsonOutputLine,
  jsonResultLine,
  jsonSummaryLine,
  type RunSummary,
} from "../render/json_results.ts";
import { renderDiff } from "../render/output_diff.ts";
import type { StreamName, Terminal } from "../terminal/terminal.ts";
import { HostBuffers, type Presenter, streamStyle } from "./presenter.ts";

/** Shows every line when it is whole, on the stream that it came from. */
export class LinePresenter implements Presenter {
  readonly #terminal: Terminal;
  readonly #renderers: Readonly<Record<StreamName, LineRenderer>>;

  /** Makes a presenter of lines. */
  constructor(terminal: Terminal, choice: OutputChoice) {
    this.#terminal = terminal;
    this.#renderers = {
      stdout: new LineRenderer("stdout", streamStyle(terminal, "stdout", choice)),
      stderr: new LineRenderer("stderr", streamStyle(terminal, "stderr", choice)),
    };
  }

  /** Shows the lines that are whole with these bytes. */
  output(node: string, stream: StreamName, bytes: Uint8Array): Promise<void> {
    return this.#terminal.write(stream, this.#renderers[stream].push(node, bytes));
  }

  /** Shows last lines that have no newline. */
  ended(node: string): void {
    for (const stream of ["stdout", "stderr"] as const) {
      this.#terminal.write(stream, this.#renderers[stream].end(node));
    }
  }

  /** Shows last lines of hosts that have not ended. */
  async finish(): Promise<void> {
    await this.#terminal.write("stdout", this.#renderers.stdout.endAll());
    await this.#terminal.write("stderr", this.#renderers.stderr.endAll());
  }
}

/** What is gathered. */
export interface GatheringOptions {
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
  readonly #stock: HostBuffers;
  readonly #folder = new ResultGrouper();
  readonly #errors: LineRenderer;

  /** Makes a presenter that has gathered nothing yet. */
  constructor(terminal: Terminal, choice: OutputChoice, { withStderr, limit }: GatheringOptions) {
    this.#terminal = terminal;
    this.#mask = choice.mask;
    this.#withStderr = withStderr;
    this.#stock = new HostBuffers(2 * limit);
    this.#errors = new LineRenderer("stderr", streamStyle(terminal, "stderr", choice));
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

type GatheredFormat = Extract<OutputFormat, { readonly kind: "gathered" }>;

/** Keeps different outputs, each once, and shows them when all is over. */
export class GatheredPresenter extends GatheringPresenter {
  readonly #terminal: Terminal;
  readonly #choice: OutputChoice;
  readonly #format: GatheredFormat;

  /** Makes a presenter that keeps at most `format.limit` bytes of each stream of a host. */
  constructor(
    terminal: Terminal,
    choice: OutputChoice,
    format: GatheredFormat & { readonly limit: number },
  ) {
    super(terminal, choice, format);
    this.#terminal = terminal;
    this.#choice = choice;
    this.#format = format;
  }

  /** Shows all of it. */
  async finish(): Promise<void> {
    const { headers, fold } = this.#format;
    const style = { ...streamStyle(this.#terminal, "stdout", this.#choice), headers };
    const groups = this.groups();
    const shown = fold ? groups : byNode(groups);
    for (const block of renderGathered(shown, style)) await this.#terminal.write("stdout", block);
  }
}

/** Each host by itself, in the order in which names are folded. */
function byNode(groups: readonly ResultGroup[]): readonly ResultGroup[] {
  const groupOf = new Map(groups.flatMap((group) => group.nodes.map((node) => [node, group])));
  return sortNodeNames([...groupOf.keys()]).flatMap((node) => {
    const group = groupOf.get(node);
    return group ? [{ ...group, nodes: [node] }] : [];
  });
}

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
    const style = streamStyle(this.#terminal, "stdout", this.#choice);
    for (const diff of renderDiff(comparison, style)) await this.#terminal.write("stdout", diff);
  }
}

/** `197 equal, 3 differ`. */
function countText({ reference, others }: OutputDiff): string {
  const differ = others.reduce((count, { nodes }) => count + nodes.length, 0);
  return `${reference.nodes.length} equal, ${differ} ${differ === 1 ? "differs" : "differ"}`;
}

/**
 * Keeps different outputs, each once, until all is over; then shows every host, in the order of their
 * names.
 */
export class JsonPresenter implements Presenter {
  readonly #terminal: Terminal;
  readonly #stocks: Readonly<Record<StreamName, HostBuffers>>;
  readonly #outputs = new DistinctOutputs();
  readonly #results = new Map<string, HostResultWithOutput>();

  /** Makes a presenter that keeps at most `limit` bytes of each stream of a host. */
  constructor(terminal: Terminal, limit: number) {
    this.#terminal = terminal;
    this.#stocks = { stdout: new HostBuffers(limit), stderr: new HostBuffers(limit) };
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
    case "diff":
      return new DiffPresenter(terminal, choice, { ...format, limit });
    case "json":
      return new JsonPresenter(terminal, limit);
    case "jsonl":
      return new JsonLinesPresenter(terminal);
    default:
      return format satisfies never;
  }
}
