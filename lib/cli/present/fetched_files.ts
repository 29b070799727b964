/**
 * Stores a file that is fetched from many hosts into one folder, as `NAME.HOST` for each host. No
 * host can choose a path. A file gets its name only when it is complete.
 * @module
 */
import { encodeUtf8 } from "../../base/bytes.ts";
import { isNodeName } from "../../nodeset/sets/node_name.ts";
import { foldNodes } from "../../nodeset/sets/node_set.ts";
import type { HostResult } from "../../trigger/results/host_result.ts";
import { writeError } from "../files/input_file.ts";
import { UserError } from "../../base/errors.ts";
import { formatSize } from "../render/units.ts";
import type { Presenter } from "./presenter.ts";

/** A file in a folder that is still incomplete. Only its owner can read it. */
export class PartFile {
  /** The final path. */
  readonly path: string;
  readonly #part: string;
  #file: Deno.FsFile | undefined;
  #last: Promise<void> = Promise.resolve();
  #length = 0;

  /** Prepares the file `name` in `folder`. Creates nothing yet. */
  constructor(folder: string, name: string) {
    const random = crypto.getRandomValues(new Uint8Array(8)).toHex();
    this.path = `${folder}/${name}`;
    this.#part = `${folder}/.${name}.${random}.part`;
  }

  /** The number of bytes appended so far. */
  get length(): number {
    return this.#length;
  }

  /** Appends bytes; resolves when they are written, and rejects if that fails. */
  append(bytes: Uint8Array): Promise<void> {
    this.#length += bytes.length;
    this.#last = this.#last.then(() => this.#write(bytes));
    return this.#last;
  }

  /**
   * Syncs the file to disk and gives it its final name. Replaces an existing file, but not a
   * folder.
   */
  async commit(): Promise<void> {
    await this.append(new Uint8Array());
    await this.#file?.sync();
    this.#close();
    try {
      await Deno.rename(this.#part, this.path);
    } catch (error) {
      await Deno.remove(this.#part);
      throw error;
    }
  }

  /** Removes an incomplete file; does nothing if there is none or it is complete. */
  async discard(): Promise<void> {
    await this.#last.catch(() => {});
    if (!this.#file) return;
    this.#close();
    await Deno.remove(this.#part);
  }

  async #write(bytes: Uint8Array): Promise<void> {
    // Creating a new file follows no link.
    this.#file ??= await Deno.open(this.#part, { write: true, createNew: true, mode: 0o600 });
    let written = 0;
    while (written < bytes.length) written += await this.#file.write(bytes.subarray(written));
  }

  #close(): void {
    this.#file?.close();
    this.#file = undefined;
  }
}

/** The destination of fetched files. */
export interface FetchDestination {
  /** An existing folder. */
  readonly folder: string;
  /** The name of the file itself. */
  readonly name: string;
  /** The maximum number of bytes per host. */
  readonly maxBytes: number;
}

/** Receives files from hosts and keeps the complete ones. Disposing removes the rest. */
export class FetchedFiles implements AsyncDisposable {
  readonly #fetching: FetchDestination;
  readonly #parts = new Map<string, PartFile>();
  readonly #ending: Promise<void>[] = [];
  readonly #failures = new Map<string, UserError>();
  /** The hosts whose file is too long. */
  readonly #tooLong = new Set<string>();

  /** Creates nothing until the first bytes arrive. */
  constructor(fetching: FetchDestination) {
    this.#fetching = fetching;
  }

  /**
   * Returns a presenter that writes stdout to files, and shows the result for each file through
   * `inner`. Its `finish` throws a {@linkcode UserError} if a file could not be written. Calls
   * `stop` for a host that must send nothing more.
   */
  wrapPresenter(inner: Presenter, stop: (node: string) => void): Presenter {
    return {
      output: (node, stream, bytes) =>
        stream === "stderr" ? inner.output(node, stream, bytes) : this.#take(node, bytes, stop),
      ended: (node, end) => void this.#ending.push(this.#end(node, end, inner)),
      finish: async (summary) => {
        await Promise.all(this.#ending);
        await inner.finish(summary);
        for (const failure of this.#failures.values()) throw failure;
        if (this.#tooLong.size > 0) throw this.#longerThanAllowed();
      },
    };
  }

  /** Removes incomplete files. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#parts.values()].map((part) => part.discard()));
  }

  async #take(node: string, bytes: Uint8Array, stop: (node: string) => void): Promise<void> {
    if (this.#hasFailed(node)) return;
    const part = this.#partOf(node);
    if (part.length + bytes.length > this.#fetching.maxBytes) this.#tooLong.add(node);
    else {await part.append(bytes).catch((cause) =>
        this.#reportFailure(node, writeError(part.path, cause))
      );}
    if (this.#hasFailed(node)) stop(node);
  }

  /** Renames a complete file, and only then shows its host as ended. */
  async #end(node: string, end: HostResult, inner: Presenter): Promise<void> {
    const { outcome, droppedBytes } = end;
    const isWhole = outcome.kind === "exited" && outcome.code === 0 && droppedBytes === 0;
    if (isWhole && !this.#hasFailed(node)) {
      const part = this.#partOf(node);
      try {
        await part.commit();
        await inner.output(node, "stdout", encodeUtf8(`${part.path}: ${part.length} bytes\n`));
      } catch (cause) {
        this.#reportFailure(node, writeError(part.path, cause));
      }
    }
    inner.ended(node, end);
  }

  #partOf(node: string): PartFile {
    if (!isNodeName(node)) throw new TypeError(`${JSON.stringify(node)} is not the name of a host`);
    const { folder, name } = this.#fetching;
    const part = this.#parts.get(node) ?? new PartFile(folder, `${name}.${node}`);
    this.#parts.set(node, part);
    return part;
  }

  #hasFailed(node: string): boolean {
    return this.#failures.has(node) || this.#tooLong.has(node);
  }

  #longerThanAllowed(): UserError {
    const { name, maxBytes } = this.#fetching;
    const hosts = foldNodes(this.#tooLong);
    const message = `${hosts}: ${name} is longer than ${formatSize(maxBytes)}, discarded`;
    return new UserError(message, { hint: "raise the limit, for example --max-size 10G" });
  }

  #reportFailure(node: string, failure: UserError): void {
    if (!this.#failures.has(node)) this.#failures.set(node, failure);
  }
}
