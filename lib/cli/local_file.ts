/**
 * A file of this machine that is to be copied to hosts.
 * @module
 */
import { createHash } from "node:crypto";
import type { ByteSource } from "../trigger/requests/submission.ts";
import { UserError } from "./program/errors.ts";
import { type InputFile, openFile } from "./input_file.ts";

/** What is known of it, before a byte of it is sent. */
export interface LocalFile extends Disposable {
  /** Whether it is a folder, and the rest is about the archive of what is in it. */
  readonly isFolder: boolean;
  /** Its name without folders. */
  readonly name: string;
  /** How many bytes it has. */
  readonly size: number;
  /** Their SHA-256 in hex. */
  readonly sha256: string;
  /** Its permission bits. */
  readonly mode: number;
  /** When it was changed, in Unix milliseconds. */
  readonly modifiedMs: number;
  /** Its content. */
  readonly source: InputFile;
}

/** How much is read at once to find its digest, in bytes. */
const READ_BYTES = 1_048_576;

const NEVER = new AbortController().signal;

/**
 * Opens the file at `path` and finds its digest.
 * @throws {UserError} if it cannot be read, or is no plain file
 */
export async function openLocalFile(path: string): Promise<LocalFile> {
  const name = path.slice(path.lastIndexOf("/") + 1);
  using stack = new DisposableStack();
  const file = stack.use(
    await openFile(path, {
      folder: "to copy a folder with all that is in it: copy -r",
    }),
  );
  const { mode, mtime, isFile } = await Deno.stat(path);
  if (!isFile) throw new UserError(`cannot copy ${path}: it is not a plain file`);
  const { size, sha256 } = await measure(file);
  const opened = stack.move();
  return {
    isFolder: false,
    name,
    size,
    sha256,
    mode: mode ?? 0o644,
    modifiedMs: mtime?.getTime() ?? Date.now(),
    source: {
      ...file,
      read: (offset, max, ...rest) => file.read(offset, Math.min(max, size - offset), ...rest),
    },
    [Symbol.dispose]: () => opened.dispose(),
  };
}

/** Reads all of `file`, for its size and digest. */
export async function measure(
  file: ByteSource,
): Promise<Pick<LocalFile, "size" | "sha256">> {
  const hash = createHash("sha256");
  for (let size = 0;;) {
    const bytes = await file.read(size, READ_BYTES, NEVER);
    if (bytes.length === 0) return { size, sha256: hash.digest("hex") };
    hash.update(bytes);
    size += bytes.length;
  }
}
