/**
 * The folders that results are written to, beside being shown.
 * @module
 */
import { UserError } from "../program/errors.ts";
import type { OutputChoice } from "../args/output_options.ts";
import { FilingPresenter } from "./filing_presenter.ts";
import { openOutputFiles, type OutputFiles } from "./output_files.ts";
import type { Presenter } from "./presenter.ts";

/** The folders that the options name. */
export type FolderChoice = Pick<OutputChoice, "outdir" | "errdir">;

/** Folders to write to. Disposing closes the files in them. */
export class OutputFolders implements AsyncDisposable {
  readonly #stack = new AsyncDisposableStack();
  #stdout: OutputFiles | undefined;
  #stderr: OutputFiles | undefined;

  /** Opens the folders; part of {@linkcode openOutputFolders}. */
  async open(
    { outdir, errdir }: FolderChoice,
    nodes: readonly string[],
    limit?: number,
  ): Promise<void> {
    const open = async (folder: string) =>
      this.#stack.use(await openOutputFiles(folder, nodes, limit));
    if (outdir !== undefined) this.#stdout = await open(outdir);
    if (errdir !== undefined) this.#stderr = await open(errdir);
    if (outdir === undefined || errdir === undefined || !await isSame(outdir, errdir)) return;
    throw new UserError("--outdir and --errdir are the same folder", {
      hint: "a file is called as its host, so each stream needs a folder of its own",
    });
  }

  /** A presenter that shows what `inner` does, and writes it into the folders if there are any. */
  filing(inner: Presenter): Presenter {
    if (!this.#stdout && !this.#stderr) return inner;
    return new FilingPresenter(inner, { stdout: this.#stdout, stderr: this.#stderr });
  }

  /** Closes the files. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

/**
 * Opens the folders that are named, for what `nodes` will print: at most `limit` bytes of each stream
 * of a host if there is a limit.
 * @throws {UserError} if one cannot be written to
 */
export async function openOutputFolders(
  choice: FolderChoice,
  nodes: readonly string[],
  limit?: number,
): Promise<OutputFolders> {
  const folders = new OutputFolders();
  await folders.open(choice, nodes, limit);
  return folders;
}

async function isSame(a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all([Deno.stat(a), Deno.stat(b)]);
  return one.dev === other.dev && one.ino === other.ino;
}
