/**
 * Gathered modes: by host or folded, shown at the end. Imports `nodeset` and `trigger`.
 * @module
 */
import { sortNodes } from "../../nodeset/name_shape.ts";
import { type FoldedResult, Folder } from "../../trigger/fold.ts";
import type { NodeEnd } from "../../trigger/gather.ts";
import type { OutputChoice, OutputFormat } from "../options/output_options.ts";
import { renderGathered } from "../render_gathered.ts";
import { LineRenderer } from "../render_lines.ts";
import type { StreamName, Terminal } from "../terminal.ts";
import { OutputStock } from "./output_stock.ts";
import { type Presenter, styleOf } from "./presenter.ts";

type GatheredFormat = Extract<OutputFormat, { readonly kind: "gathered" }>;

/** Keeps different outputs, each once, and shows them when all is over. */
export class GatheredPresenter implements Presenter {
  readonly #terminal: Terminal;
  readonly #choice: OutputChoice;
  readonly #format: GatheredFormat;
  readonly #stock: OutputStock;
  readonly #folder = new Folder();
  readonly #errors: LineRenderer;

  /** Makes a presenter that keeps at most `format.limit` bytes of each stream of a host. */
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

  /** Keeps output; stderr is shown as it comes, unless it is gathered, too. */
  output(node: string, stream: StreamName, bytes: Uint8Array): Promise<void> | void {
    if (stream === "stdout" || this.#format.withStderr) this.#stock.add(node, bytes);
    else return this.#terminal.write("stderr", this.#errors.push(node, bytes));
  }

  /** Folds what the host has printed. */
  ended(node: string, { outcome }: NodeEnd): void {
    this.#terminal.write("stderr", this.#errors.end(node));
    this.#folder.add(node, outcome, this.#stock.take(node));
  }

  /** Shows all of it. */
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
