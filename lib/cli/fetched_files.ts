/**
 * A file that is fetched from many hosts, into one folder: `NAME.HOST` for each of them, so that no
 * host chooses a path. Imports `base`, `nodeset` and `trigger`.
 * @module
 */
import { utf8 } from "../base/bytes.ts";
import { isNodeName } from "../nodeset/node_name.ts";
import type { NodeEnd } from "../trigger/gather.ts";
import { UserError } from "./errors.ts";
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

  /** Writes nothing before something comes. */
  constructor(fetching: Fetching) {
    this.#fetching = fetching;
  }

  /**
   * A presenter that puts stdout into files, and shows in its place what became of them, as `inner`
   * shows things. Its `finish` throws a {@linkcode UserError} if a file could not be written.
   */
  showing(inner: Presenter): Presenter {
    return {
      output: (node, stream, bytes) =>
        stream === "stderr" ? inner.output(node, stream, bytes) : this.#take(node, bytes),
      ended: (node, end) => void this.#ending.push(this.#end(node, end, inner)),
      finish: async (summary) => {
        await Promise.all(this.#ending);
        await inner.finish(summary);
        for (const failure of this.#failures.values()) throw failure;
      },
    };
  }

  /** Drops what was not sent whole. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#parts.values()].map((part) => part.drop()));
  }

  async #take(node: string, bytes: Uint8Array): Promise<void> {
    if (this.#failures.has(node)) return;
    const part = this.#partOf(node);
    const { maxBytes } = this.#fetching;
    if (part.length + bytes.length > maxBytes) {
      const message = `${node} sends more than ${formatSize(maxBytes)}`;
      return this.#fail(node, new UserError(message, { hint: "--max-size allows more" }));
    }
    await part.append(bytes).catch((cause) => this.#fail(node, cannotWrite(part.path, cause)));
  }

  /** A whole file takes its name, and only then is its host shown as one that has ended. */
  async #end(node: string, end: NodeEnd, inner: Presenter): Promise<void> {
    const { outcome, droppedBytes } = end;
    const isWhole = outcome.kind === "exited" && outcome.code === 0 && droppedBytes === 0;
    if (isWhole && !this.#failures.has(node)) {
      const part = this.#partOf(node);
      try {
        await part.keep();
        await inner.output(node, "stdout", utf8(`${part.path}: ${part.length} bytes\n`));
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

  #fail(node: string, failure: UserError): void {
    if (!this.#failures.has(node)) this.#failures.set(node, failure);
  }
}

function cannotWrite(path: string, cause: unknown): UserError {
  return new UserError(`cannot write ${path}: ${reasonOf(cause)}`, { cause });
}
