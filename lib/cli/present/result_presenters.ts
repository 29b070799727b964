/**
 * The ways to show results, one presenter each: lines as they arrive, gathered or compared at the
 * end, one JSON document, or JSON lines. The options select one of them.
 * @module
 */
import { encodeUtf8 } from "../../base/bytes.ts";
import { sortNodeNames } from "../../nodeset/sets/node_name.ts";
import type { HostResult, HostResultWithOutput } from "../../trigger/results/host_result.ts";
import { maskOutput } from "../../trigger/results/difference_mask.ts";
import {
  compareOutputs,
  DistinctOutputs,
  type OutputDiff,
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

/** Shows each complete line on the same stream that the host wrote it to. */
export class LinePresenter implements Presenter {
  readonly #terminal: Terminal;
  readonly #renderers: Readonly<Record<StreamName, LineRenderer>>;

  /** Creates a presenter of lines. */
  constructor(terminal: Terminal, choice: OutputChoice) {
    this.#terminal = terminal;
    this.#renderers = {
      stdout: new LineRenderer("stdout", streamStyle(terminal, "stdout", choice)),
      stderr: new LineRenderer("stderr", streamStyle(terminal, "stderr", choice)),
    };
  }

  /** Shows the lines that these bytes complete. */
  output(node: string, stream: StreamName, bytes: Uint8Array): Promise<void> {
    return this.#terminal.write(stream, this.#renderers[stream].push(node, bytes));
  }

  /** Shows last lines without a newline. */
  ended(node: string): void {
    for (const stream of ["stdout", "stderr"] as const) {
      this.#terminal.write(stream, this.#renderers[stream].end(node));
    }
  }

  /** Shows the last lines of hosts that have not ended. */
  async finish(): Promise<void> {
    await this.#terminal.write("stdout", this.#renderers.stdout.endAll());
    await this.#terminal.write("stderr", this.#renderers.stderr.endAll());
  }
}

/** The settings of gathering. */
export interface GatheringOptions {
  /** Whether stderr is gathered too. Otherwise it is shown as it arrives. */
  readonly withStderr: boolean;
  /** The maximum number of bytes per stream and host. */
  readonly limit: number;
}

/** Stores each distinct output once, masked if requested. Shows stderr as it arrives. */
export abstract class GatheringPresenter implements Presenter {
  readonly #terminal: Terminal;
  readonly #mask: readonly RegExp[] | undefined;
  readonly #withStderr: boolean;
  readonly #buffers: HostBuffers;
  readonly #folder = new ResultGrouper();
  readonly #errors: LineRenderer;

  /** Creates an empty presenter. */
  constructor(terminal: Terminal, choice: OutputChoice, { withStderr, limit }: GatheringOptions) {
    this.#terminal = terminal;
    this.#mask = choice.mask;
    this.#withStderr = withStderr;
    this.#buffers = new HostBuffers(2 * limit);
    this.#errors = new LineRenderer("stderr", streamStyle(terminal, "stderr", choice));
  }

  /** Stores output. Shows stderr as it arrives, unless it is gathered too. */
  output(node: string, stream: StreamName, bytes: Uint8Array): Promise<void> | void {
    if (stream === "stdout" || this.#withStderr) this.#buffers.add(node, bytes);
    else return this.#terminal.write("stderr", this.#errors.push(node, bytes));
  }

  /** Folds the output of the host. */
  ended(node: string, { outcome }: HostResult): void {
    this.#terminal.write("stderr", this.#errors.end(node));
    const output = this.#buffers.take(node);
    this.#folder.add(node, outcome, this.#mask ? maskOutput(node, output, this.#mask) : output);
  }

  /** Returns the gathered output, the largest group first. */
  protected groups(): readonly ResultGroup[] {
    return this.#folder.groups();
  }

  abstract finish(summary: RunSummary): Promise<void>;
}

type GatheredFormat = Extract<OutputFormat, { readonly kind: "gathered" }>;

/** Stores each distinct output once, and shows all of them at the end. */
export class GatheredPresenter extends GatheringPresenter {
  readonly #terminal: Terminal;
  readonly #choice: OutputChoice;
  readonly #format: GatheredFormat;

  /** Creates a presenter that stores at most `format.limit` bytes per stream and host. */
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

  /** Shows all groups. */
  async finish(): Promise<void> {
    const { headers, fold } = this.#format;
    const style = { ...streamStyle(this.#terminal, "stdout", this.#choice), headers };
    const groups = this.groups();
    const shown = fold ? groups : byNode(groups);
    for (const block of renderGathered(shown, style)) await this.#terminal.write("stdout", block);
  }
}

/** Returns one group per host, in the order of folded names. */
function byNode(groups: readonly ResultGroup[]): readonly ResultGroup[] {
  const groupOf = new Map(groups.flatMap((group) => group.nodes.map((node) => [node, group])));
  return sortNodeNames([...groupOf.keys()]).flatMap((node) => {
    const group = groupOf.get(node);
    return group ? [{ ...group, nodes: [node] }] : [];
  });
}

type DiffFormat = Extract<OutputFormat, { readonly kind: "diff" }>;

/** Stores each distinct output once, and shows the differences at the end. */
export class DiffPresenter extends GatheringPresenter {
  readonly #terminal: Terminal;
  readonly #choice: OutputChoice;
  readonly #format: DiffFormat;

  /** Creates a presenter that stores at most `format.limit` bytes per stream and host. */
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

  /** Shows the differences. Shows nothing if there are none, unless output was masked. */
  async finish(): Promise<void> {
    const comparison = compareOutputs(this.groups(), this.#format.reference);
    if (!comparison) return;
    if (this.#choice.mask) await this.#terminal.print(countText(comparison));
    const style = streamStyle(this.#terminal, "stdout", this.#choice);
    for (const diff of renderDiff(comparison, style)) await this.#terminal.write("stdout", diff);
  }
}

/** Formats `197 equal, 3 differ`. */
function countText({ reference, others }: OutputDiff): string {
  const differ = others.reduce((count, { nodes }) => count + nodes.length, 0);
  return `${reference.nodes.length} equal, ${differ} ${differ === 1 ? "differs" : "differ"}`;
}

/** Stores each distinct output once. At the end, shows every host in the order of the names. */
export class JsonPresenter implements Presenter {
  readonly #terminal: Terminal;
  readonly #buffers: Readonly<Record<StreamName, HostBuffers>>;
  readonly #outputs = new DistinctOutputs();
  readonly #results = new Map<string, HostResultWithOutput>();

  /** Creates a presenter that stores at most `limit` bytes per stream and host. */
  constructor(terminal: Terminal, limit: number) {
    this.#terminal = terminal;
    this.#buffers = { stdout: new HostBuffers(limit), stderr: new HostBuffers(limit) };
  }

  /** Stores output. */
  output(node: string, stream: StreamName, bytes: Uint8Array): void {
    this.#buffers[stream].add(node, bytes);
  }

  /** Stores the result of the host. */
  ended(node: string, end: HostResult): void {
    const stdout = this.#outputs.keep(this.#buffers.stdout.take(node)).bytes;
    const stderr = this.#outputs.keep(this.#buffers.stderr.take(node)).bytes;
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

/** Shows each event at once, and at the end the number of hosts per outcome. */
export class JsonLinesPresenter implements Presenter {
  readonly #terminal: Terminal;
  readonly #outcomes: HostResult["outcome"][] = [];

  /** Creates a presenter of JSON lines. */
  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Shows a chunk of output. */
  output(node: string, stream: StreamName, bytes: Uint8Array): Promise<void> {
    return this.#terminal.print(jsonOutputLine(node, stream, bytes));
  }

  /** Shows the result of the host. */
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
 * Returns the presenter that the options select. A gathering presenter stores at most `limit` bytes
 * per output stream and host.
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
