/**
 * `--outdir` and `--errdir`: writes the output of each host to a file named after the host, in
 * addition to showing it. An existing regular file is replaced; anything else is refused, and no
 * link is followed.
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
 * Writes the output of hosts to files named after the hosts. An existing regular file is replaced;
 * anything else is refused, and no link is followed.
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

  /** The first write error. */
  get failure(): UserError | undefined {
    return this.#failure;
  }

  /** Appends to the file of `node`; resolves when the bytes are written. Never rejects. */
  async write(node: string, bytes: Uint8Array): Promise<void> {
    try {
      await this.#fileOf(node).append(bytes);
    } catch (cause) {
      this.#failure ??= writeError(`${this.#folder}/${node}`, cause);
    }
  }

  /** Closes the file of `node`. Creates it if the host has printed nothing. */
  async end(node: string): Promise<void> {
    await this.write(node, new Uint8Array());
    this.#files.get(node)?.close();
    this.#files.delete(node);
  }

  /** Closes all open files. */
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
 * Creates `folder` if it is missing, and checks that each of `nodes` can have a file in it. Writes
 * at most `limit` bytes per host, because a hostile host may ignore its limit.
 * @throws {UserError} if a host cannot have a file
 */
export async function openOutputFiles(
  folder: string,
  nodes: readonly string[],
  limit: number = Infinity,
): Promise<OutputFiles> {
  const expected = new Set(nodes);
  try {
    await Deno.mkdir(folder, { recursive: true });
    for await (const { name, isFile } of Deno.readDir(folder)) {
      if (expected.has(name) && !isFile) {
        throw new UserError(`${folder}/${name} is not a regular file`);
      }
    }
  } catch (cause) {
    throw cause instanceof UserError ? cause : writeError(folder, cause);
  }
  return new OutputFiles(folder, limit);
}

/** One file. Its writes happen one after another. */
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

/** Creates a file anew. Opening an existing one could follow a link. */
async function createNewFile(path: string): Promise<Deno.FsFile> {
  const before = await Deno.lstat(path).catch((error: Error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  if (before && !before.isFile) throw new UserError("not a regular file");
  if (before) await Deno.remove(path);
  return await Deno.open(path, { write: true, createNew: true });
}

type FilesByStream = Readonly<Record<StreamName, OutputFiles | undefined>>;

/** Passes everything to another presenter, and writes output to files. */
export class FileWritingPresenter implements Presenter {
  readonly #inner: Presenter;
  readonly #folders: FilesByStream;
  #ending: Promise<void>[] = [];

  /** Creates a presenter that shows results through `inner`. */
  constructor(inner: Presenter, folders: FilesByStream) {
    this.#inner = inner;
    this.#folders = folders;
  }

  /** Writes and shows output. */
  async output(node: string, stream: StreamName, bytes: Uint8Array): Promise<void> {
    // Both start at once, so that the shown output keeps its order on a slow disk.
    const written = this.#folders[stream]?.write(node, bytes);
    await this.#inner.output(node, stream, bytes);
    await written;
  }

  /** Closes the files of the host. */
  ended(node: string, end: HostResult): void {
    this.#inner.ended(node, end);
    this.#ending.push(...this.#files().map((files) => files.end(node)));
  }

  /**
   * Shows the remaining output, and waits for the files.
   * @throws {UserError} if a file could not be written
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

/** The folder options. */
export type FolderChoice = Pick<OutputChoice, "outdir" | "errdir">;

/** Folders for output. Disposing closes the files in them. */
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
      hint: "use two folders: both streams of a host go to a file with its name",
    });
  }

  /**
   * Returns a presenter that shows results through `inner`, and writes them to the folders if there
   * are any.
   */
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
 * Opens the named folders for the output of `nodes`: at most `limit` bytes per stream and host, if
 * given.
 * @throws {UserError} if a folder cannot be written
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
