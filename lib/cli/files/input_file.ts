/**
 * Files on the command line: read as a whole, or opened as the standard input of commands on hosts.
 * A regular file can be read at any offset; a pipe or this program's standard input only in order.
 * @module
 */
import { ByteCollector } from "../../base/bytes.ts";
import { messageOf, UserError } from "../../base/errors.ts";
import type { ByteSource } from "../../trigger/requests/input_signer.ts";

/**
 * Reads a local file.
 * @param what the kind of file, for messages: `request`
 * @param hint the hint if the file is missing
 * @throws {UserError} if it is missing or cannot be read
 */
export async function readNamedFile(
  what: string,
  path: string,
  { hint }: { readonly hint?: string } = {},
): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) {
      throw new UserError(`no such ${what}: ${path}`, { cause, hint });
    }
    throw new UserError(`cannot read ${what} ${path}: ${fileErrorText(cause)}`, { cause });
  }
}

/**
 * Reads standard input to its end.
 * @param tooLong the message if it is longer than `maxBytes`
 * @throws {UserError} if it is longer; the rest is not read
 */
export async function readStdin(maxBytes: number, tooLong: string): Promise<Uint8Array> {
  const collector = new ByteCollector(maxBytes + 1);
  for await (const piece of Deno.stdin.readable) {
    collector.add(piece);
    if (collector.length > maxBytes) throw new UserError(tooLong);
  }
  return collector.bytes();
}

/** Returns the error for a file that cannot be written because of `cause`. */
export function writeError(path: string, cause: unknown): UserError {
  return new UserError(`cannot write ${path}: ${fileErrorText(cause)}`, { cause });
}

/** Returns a phrase that explains why a file cannot be used. */
export function fileErrorText(cause: unknown): string {
  if (cause instanceof Deno.errors.PermissionDenied) return "permission denied";
  if (cause instanceof Deno.errors.IsADirectory) return "is a folder";
  return messageOf(cause);
}

/** An open file. */
export interface InputFile extends ByteSource, Disposable {
  /** Aborted with a {@linkcode UserError} when a read fails. */
  readonly failed: AbortSignal;
}

/**
 * Opens `path`; `-` is this program's own standard input.
 * @throws {UserError} if it cannot be read
 */
export async function openInputFile(path: string): Promise<InputFile> {
  return path === "-"
    ? reportingSource("standard input", new SequentialFile(Deno.stdin))
    : await openNamedFile(path);
}

/**
 * Opens the file at `path`.
 * @param folder the hint if it is a folder
 * @throws {UserError} if it cannot be read
 */
export async function openNamedFile(
  path: string,
  { folder: hint = "send an archive: tar -c FOLDER | nanotrigger run --stdin - … -- tar -x" }: {
    readonly folder?: string;
  } = {},
): Promise<InputFile> {
  try {
    const file = await Deno.open(path);
    const { isFile, isDirectory } = await file.stat();
    if (isFile) return reportingSource(path, new SeekableFile(file));
    if (!isDirectory) return reportingSource(path, new SequentialFile(file));
    file.close();
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) {
      throw new UserError(`no such file: ${path}`, { cause });
    }
    throw readError(path, cause);
  }
  throw new UserError(`cannot read ${path}: is a folder`, { hint });
}

/** Wraps `source` so that a read error aborts `failed`. Messages use `name`. */
export function reportingSource(name: string, source: ByteSource & Disposable): InputFile {
  const failing = new AbortController();
  return {
    seekable: source.seekable,
    failed: failing.signal,
    async read(...where) {
      try {
        return await source.read(...where);
      } catch (cause) {
        failing.abort(readError(name, cause));
        throw cause;
      }
    },
    [Symbol.dispose]: () => source[Symbol.dispose](),
  };
}

function readError(name: string, cause: unknown): UserError {
  return new UserError(`cannot read ${name}: ${fileErrorText(cause)}`, { cause });
}

/** A file with random access. */
class SeekableFile implements ByteSource, Disposable {
  readonly seekable = true;
  readonly #file: Deno.FsFile;

  constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  async read(offset: number, maxBytes: number): Promise<Uint8Array> {
    const buffer = new Uint8Array(maxBytes);
    await this.#file.seek(offset, Deno.SeekMode.Start);
    const length = await this.#file.read(buffer);
    return buffer.subarray(0, length ?? 0);
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}

/** A pipe or a terminal. It stays open, because a pending read may never end. */
class SequentialFile implements ByteSource, Disposable {
  readonly seekable = false;
  readonly #pipe: { read(buffer: Uint8Array): Promise<number | null> };
  #buffer: Uint8Array = new Uint8Array();

  constructor(pipe: { read(buffer: Uint8Array): Promise<number | null> }) {
    this.#pipe = pipe;
  }

  async read(_offset: number, maxBytes: number): Promise<Uint8Array> {
    if (this.#buffer.length < maxBytes) this.#buffer = new Uint8Array(maxBytes);
    const length = await this.#pipe.read(this.#buffer);
    return this.#buffer.slice(0, length ?? 0);
  }

  [Symbol.dispose](): void {}
}
