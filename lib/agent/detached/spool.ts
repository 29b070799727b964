/**
 * The output of a detached command on disk: reads each stream from the files that the supervisor
 * writes, and keeps the same parts of it as for an attached command.
 *
 * The order in which pieces of both streams were sent is recorded in one more file. A hub counts
 * the bytes of both streams together, so the agent's next process must send them in the same order.
 * That file need not outlive a power cut, because no command does.
 * @module
 */
import { createHash } from "node:crypto";
import type { StreamName, StreamReport } from "../exec/command.ts";
import { headBytesOf, type OutputPiece } from "../exec/output_store.ts";

/** The largest read, in bytes. */
const PIECE_BYTES = 65_536;

/** A file that holds a part of the stream. */
interface SpoolFile {
  readonly path: string;
  /** Its offset in the stream. */
  readonly offset: number;
  readonly size: number;
  /** How many bytes were dropped after it. */
  readonly more: number;
}

/** Reads a stream from its start. Disposing closes the open file. */
export class Spool implements Disposable {
  readonly #folder: string;
  readonly #stream: StreamName;
  readonly #headBytes: number;
  readonly #tailBytes: number;
  readonly #hash = createHash("sha256");
  #open: { readonly part: SpoolFile; readonly file: Deno.FsFile } | undefined;
  /** The offset of the next piece. */
  #at = 0;
  #given = 0;
  /** All parts, once the stream is complete. */
  #parts: readonly SpoolFile[] | undefined;

  /** Opens `stream` in `folder`. Keeps `maxBytes` and drops the middle of a longer stream. */
  constructor(folder: string, stream: StreamName, maxBytes: number) {
    this.#folder = folder;
    this.#stream = stream;
    this.#headBytes = headBytesOf(maxBytes);
    this.#tailBytes = maxBytes - this.#headBytes;
  }

  /**
   * Takes the next piece, which the caller owns; `undefined` if there is none now. The head is
   * available as it is written, the tail once the stream is complete.
   */
  take(isOver: boolean, limit: number = PIECE_BYTES): OutputPiece | undefined {
    const head = Math.min(limit, PIECE_BYTES, this.#headBytes - this.#at);
    return (head > 0 ? this.#read(head) : undefined) ??
      (isOver ? this.#takeEnd(Math.min(limit, PIECE_BYTES)) : undefined);
  }

  /** Returns the figures, once all pieces have been taken. */
  report(): StreamReport {
    const sha256 = this.#hash.copy().digest("hex");
    return { bytes: this.#total(), kept: this.#given, sha256, complete: true };
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#open?.file.close();
    this.#open = undefined;
  }

  #takeEnd(limit: number): OutputPiece | undefined {
    const last = this.#all().at(-1);
    // A stream that the full disk cut has a gap and no known end.
    if (!last || last.more > 0) return undefined;
    this.#at = Math.max(this.#at, this.#total() - this.#tailBytes);
    return this.#read(limit);
  }

  #read(limit: number): OutputPiece | undefined {
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

  #opened(part: SpoolFile): Deno.FsFile {
    if (this.#open?.part.path === part.path) return this.#open.file;
    this[Symbol.dispose]();
    const file = Deno.openSync(part.path, { read: true });
    this.#open = { part, file };
    return file;
  }

  /** Returns the part at `offset`. The head is one file, which grows. */
  #partAt(offset: number): SpoolFile | undefined {
    if (this.#parts) {
      return this.#parts.find((part) => offset >= part.offset && offset < part.offset + part.size);
    }
    return this.#open?.part ?? this.#list().find((part) => part.offset === 0);
  }

  #all(): readonly SpoolFile[] {
    this.#parts ??= this.#list();
    return this.#parts;
  }

  #total(): number {
    const last = this.#all().at(-1);
    return last ? last.offset + last.size + last.more : 0;
  }

  #list(): readonly SpoolFile[] {
    const shape = new RegExp(`^${this.#stream}\\.(\\d+)(?:\\+(\\d+))?$`);
    return [...Deno.readDirSync(this.#folder)].flatMap(({ name }) => {
      const [, offset, more = "0"] = shape.exec(name) ?? [];
      if (offset === undefined) return [];
      const path = `${this.#folder}/${name}`;
      const size = sizeOf(path);
      return size === undefined ? [] : [{ path, offset: Number(offset), size, more: Number(more) }];
    }).toSorted((one, other) => one.offset - other.offset);
  }
}

/**
 * Returns the size of a file; `undefined` if it is gone: while the command prints, its supervisor
 * removes old files of the tail.
 */
function sizeOf(path: string): number | undefined {
  try {
    return Deno.statSync(path).size;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return undefined;
  }
}

/** A run of bytes of one stream. */
export interface StreamRun {
  /** The stream of the run. */
  readonly stream: StreamName;
  /** The length of the run, at least 1. */
  readonly bytes: number;
}

/** The size of a run in the file: one byte for the stream, six for the length, little-endian. */
const RUN_BYTES = 7;
const STREAMS: readonly StreamName[] = ["stdout", "stderr"];

/** The order of the output of one command. Disposing closes its file. */
export class SpoolOrder implements Disposable {
  readonly #file: Deno.FsFile;
  /** The runs that an earlier process sent and this one has not. */
  readonly #due: StreamRun[];
  #last: StreamRun | undefined;
  #runs: number;

  /** Opens the file at `path`, creating it if it is missing. */
  constructor(path: string) {
    this.#file = Deno.openSync(path, { read: true, write: true, create: true, mode: 0o600 });
    this.#due = readRuns(this.#file);
    this.#runs = this.#due.length;
    this.#last = this.#due.at(-1);
  }

  /** The next run to send again; `undefined` if the order is free. */
  get due(): StreamRun | undefined {
    return this.#due[0];
  }

  /** Records that `bytes` of the due run were sent again. */
  advance(bytes: number): void {
    const run = this.#due.shift();
    if (run && bytes < run.bytes) this.#due.unshift({ ...run, bytes: run.bytes - bytes });
  }

  /** Records that `bytes` of `stream` are about to be sent. Throws if the write fails. */
  add(stream: StreamName, bytes: number): void {
    const goesOn = this.#last?.stream === stream;
    const run = { stream, bytes: bytes + (goesOn ? this.#last?.bytes ?? 0 : 0) };
    const index = goesOn ? this.#runs - 1 : this.#runs;
    this.#file.seekSync(index * RUN_BYTES, Deno.SeekMode.Start);
    this.#file.writeSync(encodeRun(run));
    this.#last = run;
    this.#runs = index + 1;
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
  }
}

function encodeRun({ stream, bytes }: StreamRun): Uint8Array {
  const run = new Uint8Array(RUN_BYTES);
  run[0] = STREAMS.indexOf(stream);
  for (let at = 1, rest = bytes; at < RUN_BYTES; at++, rest = Math.floor(rest / 256)) {
    run[at] = rest % 256;
  }
  return run;
}

/** Reads all runs. An incomplete run at the end was never sent. */
function readRuns(file: Deno.FsFile): StreamRun[] {
  const bytes = new Uint8Array(file.statSync().size);
  for (let at = 0, read: number | null = 1; read && at < bytes.length; at += read ?? 0) {
    read = file.readSync(bytes.subarray(at));
  }
  const count = Math.floor(bytes.length / RUN_BYTES);
  return Array.from({ length: count }, (_, index) => {
    const run = bytes.subarray(index * RUN_BYTES, (index + 1) * RUN_BYTES);
    const [stream = 0, ...number] = run;
    const length = number.reduceRight((sum, byte) => sum * 256 + byte, 0);
    return { stream: STREAMS[stream] ?? "stdout", bytes: length };
  });
}
