/**
 * One output stream of a command that may outlive its agent: what its keeper has put into files, read
 * by the rule of {@linkcode OutputStore}. Needs read permission. May import `output_store.ts`,
 * and `command.ts` for types.
 * @module
 */
import { createHash } from "node:crypto";
import type { StreamName, StreamReport } from "./command.ts";
import { headBytesOf, type Piece } from "./output_store.ts";

/** The largest piece that is read at once, in bytes. */
const PIECE_BYTES = 65_536;

/** A file with a part of the stream. */
interface Part {
  readonly path: string;
  /** Where in the stream it begins. */
  readonly offset: number;
  readonly size: number;
  /** How many bytes were thrown away after it. */
  readonly more: number;
}

/** Reads a stream from its beginning. Disposing closes the file that it reads. */
export class Spool implements Disposable {
  readonly #folder: string;
  readonly #stream: StreamName;
  readonly #headBytes: number;
  readonly #tailBytes: number;
  readonly #hash = createHash("sha256");
  #open: { readonly part: Part; readonly file: Deno.FsFile } | undefined;
  /** Where the next piece is looked for. */
  #at = 0;
  #given = 0;
  /** All parts, once nothing is added any more. */
  #parts: readonly Part[] | undefined;

  /** Reads `stream` from `folder`, all but the middle of what is more than `maxBytes`. */
  constructor(folder: string, stream: StreamName, maxBytes: number) {
    this.#folder = folder;
    this.#stream = stream;
    this.#headBytes = headBytesOf(maxBytes);
    this.#tailBytes = maxBytes - this.#headBytes;
  }

  /**
   * Takes the next piece, which then is the caller's; `undefined` when there is none now. Its
   * beginning comes as it is written, its end when nothing is added any more.
   */
  take(isOver: boolean, limit: number = PIECE_BYTES): Piece | undefined {
    const head = Math.min(limit, PIECE_BYTES, this.#headBytes - this.#at);
    return (head > 0 ? this.#read(head) : undefined) ??
      (isOver ? this.#takeEnd(Math.min(limit, PIECE_BYTES)) : undefined);
  }

  /** The figures, once all pieces have been taken. */
  report(): StreamReport {
    const sha256 = this.#hash.copy().digest("hex");
    return { bytes: this.#total(), kept: this.#given, sha256, complete: true };
  }

  /** Lets go of the file. */
  [Symbol.dispose](): void {
    this.#open?.file.close();
    this.#open = undefined;
  }

  #takeEnd(limit: number): Piece | undefined {
    const last = this.#all().at(-1);
    // What the disk had no room for has a gap behind it, and no end that could be shown.
    if (!last || last.more > 0) return undefined;
    this.#at = Math.max(this.#at, this.#total() - this.#tailBytes);
    return this.#read(limit);
  }

  #read(limit: number): Piece | undefined {
    const part = this.#partAt(this.#at);
    if (!part) return undefined;
    const file = this.#opened(part);
    file.seekSync(this.#at - part.offset, Deno.SeekMode.Start);
    const buffer = new Uint8Array(limit);
    const length = file.readSync(buffer) ?? 0;
    if (length === 0) return undefined;
    const piece = { offset: this.#at, bytes: buffer.subarray(0, length) };
    this.#hash.update(piece.bytes);
    this.#at += length;
    this.#given += length;
    return piece;
  }

  #opened(part: Part): Deno.FsFile {
    if (this.#open?.part.path === part.path) return this.#open.file;
    this[Symbol.dispose]();
    const file = Deno.openSync(part.path, { read: true });
    this.#open = { part, file };
    return file;
  }

  /** The beginning of a stream is in one file, to which its keeper adds. */
  #partAt(offset: number): Part | undefined {
    if (this.#parts) {
      return this.#parts.find((part) => offset >= part.offset && offset < part.offset + part.size);
    }
    return this.#open?.part ?? this.#list().find((part) => part.offset === 0);
  }

  #all(): readonly Part[] {
    this.#parts ??= this.#list();
    return this.#parts;
  }

  #total(): number {
    const last = this.#all().at(-1);
    return last ? last.offset + last.size + last.more : 0;
  }

  #list(): readonly Part[] {
    const shape = new RegExp(`^${this.#stream}\\.(\\d+)(?:\\+(\\d+))?$`);
    return [...Deno.readDirSync(this.#folder)].flatMap(({ name }) => {
      const [, offset, more = "0"] = shape.exec(name) ?? [];
      if (offset === undefined) return [];
      const path = `${this.#folder}/${name}`;
      const { size } = Deno.statSync(path);
      return [{ path, offset: Number(offset), size, more: Number(more) }];
    }).toSorted((one, other) => one.offset - other.offset);
  }
}
