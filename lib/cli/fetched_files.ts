/**
 * A file that is fetched from many hosts, into one folder: `NAME.HOST` for each of them, so that no
 * host chooses a path. Imports `base`, `nodeset` and `trigger`.
 * @module
 */
import { encodeUtf8 } from "../base/bytes.ts";
import { isNodeName } from "../nodeset/sets/node_name.ts";
import { foldNodes } from "../nodeset/sets/node_set.ts";
import type { HostResult } from "../trigger/results/host_result.ts";
import { UserError } from "./program/errors.ts";
import { reasonOf } from "./named_file.ts";
import { PartFile } from "./part_file.ts";
import type { Presenter } from "./present/presenter.ts";
import { formatSize } from "./size.ts";

/** Where the file goes. */
export interface Fetching {
  /** A folder that is there. */
  readonly folder: string;
  /** The file's own name. */
  readonly name: string;
  /** How many bytes a host may send. */
  readonly maxBytes: number;
}

/** Takes in what hosts send, and keeps what was sent whole. Disposing drops the rest. */
export class FetchedFiles implements AsyncDisposable {
  readonly #fetching: Fetching;
  readonly #parts = new Map<string, PartFile>();
  readonly #ending: Promise<void>[] = [];
  readonly #failures = new Map<string, UserError>();
  /** The hosts whose file is too long. */
  readonly #tooLong = new Set<string>();

  /** Writes nothing before something comes. */
  constructor(fetching: Fetching) {
    this.#fetching = fetching;
  }

  /**
   * A presenter that puts stdout into files, and shows in its place what became of them, as `inner`
   * shows things. Its `finish` throws a {@linkcode UserError} if a file could not be written. A host of
   * which nothing more is wanted is to be stopped: `stop` is told of it.
   */
  showing(inner: Presenter, stop: (node: string) => void): Presenter {
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

  /** Drops what was not sent whole. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#parts.values()].map((part) => part.drop()));
  }

  async #take(node: string, bytes: Uint8Array, stop: (node: string) => void): Promise<void> {
    if (this.#hasFailed(node)) return;
    const part = this.#partOf(node);
    if (part.length + bytes.length > this.#fetching.maxBytes) this.#tooLong.add(node);
    else await part.append(bytes).catch((cause) => this.#fail(node, cannotWrite(part.path, cause)));
    if (this.#hasFailed(node)) stop(node);
  }

  /** A whole file takes its name, and only then is its host shown as one that has ended. */
  async #end(node: string, end: HostResult, inner: Presenter): Promise<void> {
    const { outcome, droppedBytes } = end;
    const isWhole = outcome.kind === "exited" && outcome.code === 0 && droppedBytes === 0;
    if (isWhole && !this.#hasFailed(node)) {
      const part = this.#partOf(node);
      try {
        await part.keep();
        await inner.output(node, "stdout", encodeUtf8(`${part.path}: ${part.length} bytes\n`));
      } catch (cause) {
        this.#fail(node, cannotWrite(part.path, cause));
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
    const message = `${hosts}: ${name} is longer than ${formatSize(maxBytes)}, and was not kept`;
    return new UserError(message, { hint: "--max-size SIZE allows more: --max-size 10G" });
  }

  #fail(node: string, failure: UserError): void {
    if (!this.#failures.has(node)) this.#failures.set(node, failure);
  }
}

function cannotWrite(path: string, cause: unknown): UserError {
  return new UserError(`cannot write ${path}: ${reasonOf(cause)}`, { cause });
}
