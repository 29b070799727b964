/**
 * Which of the ways to show results the options ask for.
 * @module
 */
import type { OutputChoice } from "../args/output_options.ts";
import type { Terminal } from "../terminal.ts";
import { DiffPresenter } from "./diff_presenter.ts";
import { GatheredPresenter } from "./gathered_presenter.ts";
import { JsonLinesPresenter } from "./json_lines_presenter.ts";
import { JsonPresenter } from "./json_presenter.ts";
import { LinePresenter } from "./line_presenter.ts";
import type { Presenter } from "./presenter.ts";

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
