/**
 * `--outdir` and `--errdir`: a folder with one file per host. Imports `base` and `nodeset`.
 * @module
 */
import { isNodeName } from "../../nodeset/sets/node_name.ts";
import { UserError } from "../program/errors.ts";
import { reasonOf } from "../named_file.ts";

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
      this.#failure ??= cannotWrite(`${this.#folder}/${node}`, cause);
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
    throw cause instanceof UserError ? cause : cannotWrite(folder, cause);
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
    this.#open ??= await makeAnew(this.#path);
    const kept = bytes.subarray(0, Math.min(bytes.length, this.#left));
    this.#left -= kept.length;
    let written = 0;
    while (written < kept.length) written += await this.#open.write(kept.subarray(written));
  }
}

/** To open what is there would follow a link; to make it anew cannot. */
async function makeAnew(path: string): Promise<Deno.FsFile> {
  const before = await Deno.lstat(path).catch((error: Error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  if (before && !before.isFile) throw new UserError("it is no regular file");
  if (before) await Deno.remove(path);
  return await Deno.open(path, { write: true, createNew: true });
}

function cannotWrite(path: string, cause: unknown): UserError {
  return new UserError(`cannot write ${path}: ${reasonOf(cause)}`, { cause });
}
