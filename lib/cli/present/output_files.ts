/**
 * `--outdir` and `--errdir`: writes what each host prints to a file named after the host, besides
 * showing it. A regular file from before is replaced; everything else is refused, and no link is
 * followed.
 * @module
 */
import { isNodeName } from "../../nodeset/sets/node_name.ts";
import type { HostResult } from "../../trigger/results/host_result.ts";
import type { OutputChoice } from "../args/output_options.ts";
import { writeError } from "../files/input_file.ts";
import { UserError } from "../../base/errors.ts";
import type { RunSummary } from "../render/json_results.ts";
import type { StreamName } from "../terminal/terminal.ts";
import type { Presenter } from "./presenter.ts";

/**
 * Writes what hosts print to files that are called as they are. A regular file that is there from
 * before is replaced; anything else is refused, and no link is followed.
 */
export class OutputFiles implements AsyncDisposable {
  readonly #folder: string;
  readonly #limit: number;
  readonly #files = new Map<string, HostFile>();
  #failure: UserError | undefined;

  /** Use {@linkcode openOutputFiles} instead. */
  constructor(folder: string, limit: number) {
    this.#folder = folder;
    this.#limit = limit;
  }

  /** The first thing that could not be written. */
  get failure(): UserError | undefined {
    return this.#failure;
  }

  /** Adds to the file of `node`; resolves when it is written. Never rejects. */
  async write(node: string, bytes: Uint8Array): Promise<void> {
    try {
      await this.#fileOf(node).append(bytes);
    } catch (cause) {
      this.#failure ??= writeError(`${this.#folder}/${node}`, cause);
    }
  }

  /** Ends the file of `node`, which is there even if the host has printed nothing. */
  async end(node: string): Promise<void> {
    await this.write(node, new Uint8Array());
    this.#files.get(node)?.close();
    this.#files.delete(node);
  }

  /** Ends all files that are open. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#files.keys()].map((node) => this.end(node)));
  }

  #fileOf(node: string): HostFile {
    if (!isNodeName(node)) throw new TypeError(`${JSON.stringify(node)} is not the name of a host`);
    const file = this.#files.get(node) ?? new HostFile(`${this.#folder}/${node}`, this.#limit);
    this.#files.set(node, file);
    return file;
  }
}

/**
 * Makes `folder` if it is missing, and looks whether every one of `nodes` can have a file in it. Of
 * what a host prints no more than `limit` bytes are written: a hostile one does not keep to what it
 * was told.
 * @throws {UserError} if one cannot
 */
export async function openOutputFiles(
  folder: string,
  nodes: readonly string[],
  limit: number = Infinity,
): Promise<OutputFiles> {
  const wanted = new Set(nodes);
  try {
    await Deno.mkdir(folder, { recursive: true });
    for await (const { name, isFile } of Deno.readDir(folder)) {
      if (wanted.has(name) && !isFile) throw new UserError(`${folder}/${name} is no regular file`);
    }
  } catch (cause) {
    throw cause instanceof UserError ? cause : writeError(folder, cause);
  }
  return new OutputFiles(folder, limit);
}

/** One file, whose writes happen one after another. */
class HostFile {
  readonly #path: string;
  #left: number;
  #open: Deno.FsFile | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(path: string, limit: number) {
    this.#path = path;
    this.#left = limit;
  }

  append(bytes: Uint8Array): Promise<void> {
    this.#last = this.#last.then(() => this.#write(bytes));
    return this.#last;
  }

  close(): void {
    this.#open?.close();
    this.#open = undefined;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#open ??= await createNewFile(this.#path);
    const kept = bytes.subarray(0, Math.min(bytes.length, this.#left));
    this.#left -= kept.length;
    let written = 0;
    while (written < kept.length) written += await this.#open.write(kept.subarray(written));
  }
}

/** To open what is there would follow a link; to make it anew cannot. */
async function createNewFile(path: string): Promise<Deno.FsFile> {
  const before = await Deno.lstat(path).catch((error: Error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  if (before && !before.isFile) throw new UserError("it is no regular file");
  if (before) await Deno.remove(path);
  return await Deno.open(path, { write: true, createNew: true });
}

type FilesByStream = Readonly<Record<StreamName, OutputFiles | undefined>>;

/** Passes everything on to another presenter, and output to files. */
export class FileWritingPresenter implements Presenter {
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
    if (outdir === undefined || errdir === undefined || !await isSameFolder(outdir, errdir)) return;
    throw new UserError("--outdir and --errdir are the same folder", {
      hint: "a file is called as its host, so each stream needs a folder of its own",
    });
  }

  /** A presenter that shows what `inner` does, and writes it into the folders if there are any. */
  wrapPresenter(inner: Presenter): Presenter {
    if (!this.#stdout && !this.#stderr) return inner;
    return new FileWritingPresenter(inner, { stdout: this.#stdout, stderr: this.#stderr });
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

async function isSameFolder(a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all([Deno.stat(a), Deno.stat(b)]);
  return one.dev === other.dev && one.ino === other.ino;
}
