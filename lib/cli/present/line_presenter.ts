/**
 * Line mode: `host: line`, as it comes.
 * @module
 */
import type { OutputChoice } from "../args/output_options.ts";
import { LineRenderer } from "../render_lines.ts";
import type { StreamName, Terminal } from "../terminal.ts";
import { type Presenter, styleOf } from "./presenter.ts";

/** Shows every line when it is whole, on the stream that it came from. */
export class LinePresenter implements Presenter {
  readonly #terminal: Terminal;
  readonly #renderers: Readonly<Record<StreamName, LineRenderer>>;

  /** Makes a presenter of lines. */
  constructor(terminal: Terminal, choice: OutputChoice) {
    this.#terminal = terminal;
    this.#renderers = {
      stdout: new LineRenderer("stdout", styleOf(terminal, "stdout", choice)),
      stderr: new LineRenderer("stderr", styleOf(terminal, "stderr", choice)),
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
