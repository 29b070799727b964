/**
 * Shows results, and writes them to files of their own as well.
 * @module
 */
import type { HostResult } from "../../trigger/results/host_result.ts";
import type { RunSummary } from "../render_json.ts";
import type { StreamName } from "../terminal.ts";
import type { OutputFiles } from "./output_files.ts";
import type { Presenter } from "./presenter.ts";

type FilesByStream = Readonly<Record<StreamName, OutputFiles | undefined>>;

/** Passes everything on to another presenter, and output to files. */
export class FilingPresenter implements Presenter {
  readonly #inner: Presenter;
  readonly #folders: FilesByStream;
  #ending: Promise<void>[] = [];

  /** Makes one that shows things as `inner` does. */
  constructor(inner: Presenter, folders: FilesByStream) {
    this.#inner = inner;
    this.#folders = folders;
  }

  /** Writes and shows output. */
  async output(node: string, stream: StreamName, bytes: Uint8Array): Promise<void> {
    // Both begin at once: what is shown keeps its order, however slow the disk is.
    const written = this.#folders[stream]?.write(node, bytes);
    await this.#inner.output(node, stream, bytes);
    await written;
  }

  /** Ends the files of the host. */
  ended(node: string, end: HostResult): void {
    this.#inner.ended(node, end);
    this.#ending.push(...this.#files().map((files) => files.end(node)));
  }

  /**
   * Shows what was kept back, and waits for the files.
   * @throws {UserError} if something could not be written
   */
  async finish(summary: RunSummary): Promise<void> {
    await this.#inner.finish(summary);
    await Promise.all(this.#ending);
    const failure = this.#files().find((files) => files.failure)?.failure;
    if (failure) throw failure;
  }

  #files(): readonly OutputFiles[] {
    return [this.#folders.stdout, this.#folders.stderr].flatMap((files) => files ?? []);
  }
}
