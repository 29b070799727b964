/**
 * A local file or folder to be copied to hosts, with its size and SHA-256 digest. A folder is read
 * as a tar archive that is never stored: any part of it can be read at any time. Names that are not
 * UTF-8 are refused, because the runtime replaces their bytes by U+FFFD and then opens another file
 * or none.
 * @module
 */
import { createHash } from "node:crypto";
import type { ByteSource } from "../../trigger/requests/input_signer.ts";
import {
  TAR_BLOCK,
  TAR_END,
  type TarEntry,
  tarHeader,
  tarPadding,
} from "../../trigger/requests/tar_entry.ts";
import { UserError } from "../../base/errors.ts";
import { fileErrorText, type InputFile, openNamedFile, reportingSource } from "./input_file.ts";

/** The properties of a file or folder, known before a byte of it is sent. */
export interface CopySource extends Disposable {
  /** Whether it is a folder. The other fields then describe its archive. */
  readonly isFolder: boolean;
  /** The name without folders. */
  readonly name: string;
  /** The size in bytes. */
  readonly size: number;
  /** The SHA-256 digest in hex. */
  readonly sha256: string;
  /** The permission bits. */
  readonly mode: number;
  /** The modification time in Unix milliseconds. */
  readonly modifiedMs: number;
  /** The content. */
  readonly source: InputFile;
}

/** The size of one read while computing the digest, in bytes. */
const READ_BYTES = 1_048_576;

const NEVER = new AbortController().signal;

/**
 * Opens the file at `path` and computes its digest.
 * @throws {UserError} if it cannot be read, or is not a regular file
 */
export async function openLocalFile(path: string): Promise<CopySource> {
  const name = path.slice(path.lastIndexOf("/") + 1);
  using stack = new DisposableStack();
  const file = stack.use(
    await openNamedFile(path, {
      folder: "copy a folder with -r",
    }),
  );
  const { mode, mtime, isFile } = await Deno.stat(path);
  if (!isFile) throw new UserError(`cannot copy ${path}: not a regular file`);
  const { size, sha256 } = await measureSource(file);
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
      read: (offset, max, ...rest) =>
        file.read(offset, Math.max(0, Math.min(max, size - offset)), ...rest),
    },
    [Symbol.dispose]: () => opened.dispose(),
  };
}

/** Reads all of `file` to compute its size and digest. */
export async function measureSource(
  file: ByteSource,
): Promise<Pick<CopySource, "size" | "sha256">> {
  const hash = createHash("sha256");
  for (let size = 0;;) {
    const bytes = await file.read(size, READ_BYTES, NEVER);
    if (bytes.length === 0) return { size, sha256: hash.digest("hex") };
    hash.update(bytes);
    size += bytes.length;
  }
}

const REPLACEMENT = "\ufffd";

/**
 * Returns the sorted names of all entries in `folder`.
 * @throws {UserError} if a name is not UTF-8
 * @throws {Error} from the runtime if the folder cannot be read
 */
export async function listUtf8Names(folder: string): Promise<readonly string[]> {
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  names.sort();
  for (const [index, name] of names.entries()) {
    if (!name.includes(REPLACEMENT)) continue;
    if (name === names[index + 1] || !await pathExists(`${folder}/${name}`)) {
      throw notUtf8Error(folder, name);
    }
  }
  return names;
}

async function pathExists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function notUtf8Error(folder: string, name: string): UserError {
  return new UserError(`cannot copy ${folder}: file name is not UTF-8: ${name}`, {
    hint: "rename it, or copy an archive: tar -cf FILE FOLDER",
  });
}

/** The treatment of modes and times. */
export interface ArchiveOptions {
  /**
   * Whether modes and times are kept. Otherwise others cannot write anything, and times are those
   * of the copy.
   */
  readonly preserve: boolean;
}

/** An entry, and its offset in the archive. */
interface ArchiveEntry {
  readonly entry: TarEntry;
  readonly offset: number;
  readonly headerSize: number;
  readonly size: number;
}

/**
 * Lists the folder at `path` without following links, and computes the digest of its archive.
 * @throws {UserError} if an entry cannot be read, has a name that is not UTF-8, or is not a file,
 * folder or link
 */
export async function openLocalFolder(path: string, options: ArchiveOptions): Promise<CopySource> {
  const root = path.replace(/(?<=.)\/+$/, "");
  const archive = new FolderArchive(root, layOutEntries(await listEntries(root, options)));
  const source = reportingSource(path, archive);
  const { mode, mtime } = await Deno.stat(root);
  const measured = await measureSource(source).catch((cause) =>
    Promise.reject(readError(path, cause))
  );
  return {
    ...measured,
    name: await folderName(root),
    mode: mode ?? 0o755,
    modifiedMs: mtime?.getTime() ?? Date.now(),
    isFolder: true,
    source,
    [Symbol.dispose]: () => source[Symbol.dispose](),
  };
}

function readError(path: string, cause: unknown): UserError {
  return new UserError(`cannot read ${path}: ${fileErrorText(cause)}`, { cause });
}

/** Returns the name of the folder, even for `.` or `..`. */
async function folderName(root: string): Promise<string> {
  const isNamed = !/(^|\/)\.{0,2}$/.test(root);
  const named = isNamed ? root : await Deno.realPath(root);
  return named.slice(named.lastIndexOf("/") + 1) || "root";
}

/** Returns all entries, sorted by the bytes of their paths. A folder precedes its content. */
async function listEntries(root: string, options: ArchiveOptions): Promise<readonly TarEntry[]> {
  const entries: TarEntry[] = [await readEntry(root, ".", options)];
  const visit = async (folder: string) => {
    for (const name of await listUtf8Names(joinPath(root, folder))) {
      const entry = await readEntry(root, folder === "." ? name : `${folder}/${name}`, options);
      entries.push(entry);
      if (entry.content.kind === "folder") await visit(entry.path);
    }
  };
  try {
    await visit(".");
  } catch (cause) {
    throw cause instanceof UserError ? cause : readError(root, cause);
  }
  return entries;
}

async function readEntry(root: string, path: string, options: ArchiveOptions): Promise<TarEntry> {
  const full = joinPath(root, path);
  // The named path may be a link to a folder. Links inside the folder are copied as links.
  const info = await (path === "." ? Deno.stat(full) : Deno.lstat(full))
    .catch((cause) => Promise.reject(readError(full, cause)));
  return {
    path,
    content: await entryContent(full, info),
    // On some systems a link has no mode.
    mode: info.isSymlink ? 0o777 : (info.mode ?? 0o755) & (options.preserve ? 0o777 : 0o755),
    modified: options.preserve ? Math.floor((info.mtime?.getTime() ?? 0) / 1_000) : 0,
  };
}

async function entryContent(full: string, info: Deno.FileInfo): Promise<TarEntry["content"]> {
  if (info.isDirectory) return { kind: "folder" };
  if (info.isSymlink) return { kind: "link", to: await linkTarget(full) };
  if (info.isFile) return { kind: "file", size: info.size };
  throw new UserError(`cannot copy ${full}: not a file, folder or link`);
}

async function linkTarget(link: string): Promise<string> {
  try {
    return await Deno.readLink(link);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.InvalidData)) throw readError(link, cause);
    throw new UserError(`cannot copy ${link}: link target is not UTF-8`, { cause });
  }
}

function layOutEntries(entries: readonly TarEntry[]): readonly ArchiveEntry[] {
  let offset = 0;
  return entries.map((entry) => {
    const headerSize = tarHeader(entry).length;
    const size = entry.content.kind === "file" ? entry.content.size : 0;
    const placed = { entry, offset, headerSize, size };
    offset += headerSize + size + tarPadding(size);
    return placed;
  });
}

function joinPath(root: string, path: string): string {
  return path === "." ? root : `${root}/${path}`;
}

/** The archive. Any part of it can be read at any time. */
class FolderArchive implements ByteSource, Disposable {
  readonly seekable = true;
  readonly #root: string;
  readonly #placed: readonly ArchiveEntry[];
  readonly #size: number;

  constructor(root: string, placed: readonly ArchiveEntry[]) {
    this.#root = root;
    this.#placed = placed;
    const last = placed.at(-1);
    this.#size = TAR_END + (last ? last.offset + last.headerSize + paddedSize(last.size) : 0);
  }

  async read(offset: number, maxBytes: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(Math.max(0, Math.min(maxBytes, this.#size - offset)));
    let index = this.#indexAt(offset);
    for (let filled = 0; filled < bytes.length;) {
      const placed = this.#placed[index];
      if (!placed) break; // the end is zeros
      const at = offset + filled - placed.offset;
      filled += await this.#fill(bytes.subarray(filled), placed, at);
      if (offset + filled >= placed.offset + placed.headerSize + paddedSize(placed.size)) index++;
    }
    return bytes;
  }

  [Symbol.dispose](): void {}

  /** Copies the bytes of one entry from offset `at` on; returns their number. */
  async #fill(
    room: Uint8Array,
    { entry, headerSize, size }: ArchiveEntry,
    at: number,
  ): Promise<number> {
    if (at < headerSize) {
      const part = tarHeader(entry).subarray(at, at + room.length);
      room.set(part);
      return part.length;
    }
    const left = size - (at - headerSize);
    if (left > 0) return await this.#readFile(entry.path, at - headerSize, room.subarray(0, left));
    return Math.min(room.length, left + tarPadding(size));
  }

  async #readFile(path: string, offset: number, room: Uint8Array): Promise<number> {
    using file = await Deno.open(joinPath(this.#root, path));
    await file.seek(offset, Deno.SeekMode.Start);
    const length = await file.read(room);
    if (length) return length;
    throw new UserError(`${path}: file became shorter during the copy`);
  }

  /** Returns the index of the entry that contains the byte at `offset`. */
  #indexAt(offset: number): number {
    let [low, high] = [0, this.#placed.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const { offset: start = 0, headerSize = 0, size = 0 } = this.#placed[middle] ?? {};
      if (start + headerSize + paddedSize(size) <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Returns the size of content, padded to whole blocks. */
function paddedSize(size: number): number {
  return Math.ceil(size / TAR_BLOCK) * TAR_BLOCK;
}
