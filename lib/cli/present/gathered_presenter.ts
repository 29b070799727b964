/**
 * Gathered modes: by host or folded, shown at the end. Imports `nodeset` and `trigger`.
 * @module
 */
import { sortNodeNames } from "../../nodeset/sets/node_name.ts";
import type { ResultGroup } from "../../trigger/results/result_groups.ts";
import type { OutputFormat } from "../args/output_options.ts";
import type { OutputChoice } from "../args/output_options.ts";
import { renderGathered } from "../render_gathered.ts";
import type { Terminal } from "../terminal.ts";
import { GatheringPresenter } from "./gathering_presenter.ts";
import { styleOf } from "./presenter.ts";

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
    const style = { ...styleOf(this.#terminal, "stdout", this.#choice), headers };
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
