/**
 * What commands on hosts read on standard input: a file of the operator's, or this program's own
 * standard input.
 * @module
 */
import type { ByteSource } from "../trigger/requests/submission.ts";
import { UserError } from "./program/errors.ts";
import { reasonOf } from "./named_file.ts";

/** A file that is open. */
export interface InputFile extends ByteSource, Disposable {
  /** Aborted with a {@linkcode UserError} when it cannot be read on. */
  readonly failed: AbortSignal;
}

/**
 * Opens `path`; `-` is this program's own standard input.
 * @throws {UserError} if it cannot be read
 */
export async function openInput(path: string): Promise<InputFile> {
  return path === "-"
    ? inputFile("standard input", new Sequence(Deno.stdin))
    : await openFile(path);
}

/**
 * Opens the file at `path`.
 * @param folder what to do if it is a folder
 * @throws {UserError} if it cannot be read
 */
export async function openFile(
  path: string,
  { folder: hint = "tar -c FOLDER | nanotrigger run --stdin - … -- tar -x" }: {
    readonly folder?: string;
  } = {},
): Promise<InputFile> {
  try {
    const file = await Deno.open(path);
    const { isFile, isDirectory } = await file.stat();
    if (isFile) return inputFile(path, new Part(file));
    if (!isDirectory) return inputFile(path, new Sequence(file));
    file.close();
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) {
      throw new UserError(`there is no file ${path}`, { cause });
    }
    throw cannotRead(path, cause);
  }
  throw new UserError(`cannot read ${path}: it is a folder`, { hint });
}

/** What is read by `source`, which is called `name` in messages. */
export function inputFile(name: string, source: ByteSource & Disposable): InputFile {
  const failing = new AbortController();
  return {
    seekable: source.seekable,
    failed: failing.signal,
    async read(...where) {
      try {
        return await source.read(...where);
      } catch (cause) {
        failing.abort(cannotRead(name, cause));
        throw cause;
      }
    },
    [Symbol.dispose]: () => source[Symbol.dispose](),
  };
}

function cannotRead(name: string, cause: unknown): UserError {
  return new UserError(`cannot read ${name}: ${reasonOf(cause)}`, { cause });
}

/** A file in which every part can be read at any time. */
class Part implements ByteSource, Disposable {
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

/** A pipe or a terminal. It is left open: a read of it may wait for ever. */
class Sequence implements ByteSource, Disposable {
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
