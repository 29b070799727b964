/**
 * A folder of this machine that is to be copied to hosts, as an archive that is read where it is wanted
 * and stands nowhere.
 * @module
 */
import type { ByteSource } from "../trigger/requests/submission.ts";
import {
  TAR_BLOCK,
  TAR_END,
  type TarEntry,
  tarHeader,
  tarPadding,
} from "../trigger/requests/tar_entry.ts";
import { UserError } from "./program/errors.ts";
import { inputFile } from "./input_file.ts";
import { type LocalFile, measure } from "./local_file.ts";
import { reasonOf } from "./named_file.ts";
import { namesIn } from "./names_in.ts";

/** How modes and times are taken over. */
export interface FolderManner {
  /** As they are; otherwise nothing is writable by others, and times are those of the copy. */
  readonly preserve: boolean;
}

/** An entry, and where it begins in the archive. */
interface Placed {
  readonly entry: TarEntry;
  readonly offset: number;
  readonly headerSize: number;
  readonly size: number;
}

/**
 * Looks through the folder at `path`, without following links, and finds the digest of its archive.
 * @throws {UserError} if something in it cannot be read, has a name that is not UTF-8, or is neither file,
 * folder nor link
 */
export async function openLocalFolder(path: string, manner: FolderManner): Promise<LocalFile> {
  const root = path.replace(/(?<=.)\/+$/, "");
  const archive = new FolderArchive(root, place(await entriesOf(root, manner)));
  const source = inputFile(path, archive);
  const { mode, mtime } = await Deno.stat(root);
  const measured = await measure(source).catch((cause) => Promise.reject(changed(path, cause)));
  return {
    ...measured,
    name: await nameOf(root),
    mode: mode ?? 0o755,
    modifiedMs: mtime?.getTime() ?? Date.now(),
    isFolder: true,
    source,
    [Symbol.dispose]: () => source[Symbol.dispose](),
  };
}

function changed(path: string, cause: unknown): UserError {
  return new UserError(`cannot read ${path}: ${reasonOf(cause)}`, { cause });
}

/** What it is called, also if it is given as `.` or `..`. */
async function nameOf(root: string): Promise<string> {
  const isNamed = !/(^|\/)\.{0,2}$/.test(root);
  const named = isNamed ? root : await Deno.realPath(root);
  return named.slice(named.lastIndexOf("/") + 1) || "root";
}

/** All that is in it, in the order of the bytes of the paths, each folder before what is in it. */
async function entriesOf(root: string, manner: FolderManner): Promise<readonly TarEntry[]> {
  const entries: TarEntry[] = [await entryOf(root, ".", manner)];
  const visit = async (folder: string) => {
    for (const name of await namesIn(join(root, folder))) {
      const entry = await entryOf(root, folder === "." ? name : `${folder}/${name}`, manner);
      entries.push(entry);
      if (entry.content.kind === "folder") await visit(entry.path);
    }
  };
  try {
    await visit(".");
  } catch (cause) {
    throw cause instanceof UserError ? cause : changed(root, cause);
  }
  return entries;
}

async function entryOf(root: string, path: string, manner: FolderManner): Promise<TarEntry> {
  const full = join(root, path);
  // What is named may be a link to a folder; links below it are copied as links.
  const info = await (path === "." ? Deno.stat(full) : Deno.lstat(full))
    .catch((cause) => Promise.reject(changed(full, cause)));
  return {
    path,
    content: await contentOf(full, info),
    // A link has no mode of its own everywhere.
    mode: info.isSymlink ? 0o777 : (info.mode ?? 0o755) & (manner.preserve ? 0o777 : 0o755),
    modified: manner.preserve ? Math.floor((info.mtime?.getTime() ?? 0) / 1_000) : 0,
  };
}

async function contentOf(full: string, info: Deno.FileInfo): Promise<TarEntry["content"]> {
  if (info.isDirectory) return { kind: "folder" };
  if (info.isSymlink) return { kind: "link", to: await targetOf(full) };
  if (info.isFile) return { kind: "file", size: info.size };
  throw new UserError(`cannot copy ${full}: it is neither a file, a folder nor a link`);
}

async function targetOf(link: string): Promise<string> {
  try {
    return await Deno.readLink(link);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.InvalidData)) throw changed(link, cause);
    throw new UserError(`cannot copy ${link}: it leads to a name that is not UTF-8`, { cause });
  }
}

function place(entries: readonly TarEntry[]): readonly Placed[] {
  let offset = 0;
  return entries.map((entry) => {
    const headerSize = tarHeader(entry).length;
    const size = entry.content.kind === "file" ? entry.content.size : 0;
    const placed = { entry, offset, headerSize, size };
    offset += headerSize + size + tarPadding(size);
    return placed;
  });
}

function join(root: string, path: string): string {
  return path === "." ? root : `${root}/${path}`;
}

/** The archive: every part of it can be read at any time. */
class FolderArchive implements ByteSource, Disposable {
  readonly seekable = true;
  readonly #root: string;
  readonly #placed: readonly Placed[];
  readonly #size: number;

  constructor(root: string, placed: readonly Placed[]) {
    this.#root = root;
    this.#placed = placed;
    const last = placed.at(-1);
    this.#size = TAR_END + (last ? last.offset + last.headerSize + whole(last.size) : 0);
  }

  async read(offset: number, maxBytes: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(Math.max(0, Math.min(maxBytes, this.#size - offset)));
    let index = this.#indexAt(offset);
    for (let filled = 0; filled < bytes.length;) {
      const placed = this.#placed[index];
      if (!placed) break; // the end is zeros
      const at = offset + filled - placed.offset;
      filled += await this.#fill(bytes.subarray(filled), placed, at);
      if (offset + filled >= placed.offset + placed.headerSize + whole(placed.size)) index++;
    }
    return bytes;
  }

  [Symbol.dispose](): void {}

  /** Fills in what there is of one entry from its byte `at` on; says how much that is. */
  async #fill(room: Uint8Array, { entry, headerSize, size }: Placed, at: number): Promise<number> {
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
    using file = await Deno.open(join(this.#root, path));
    await file.seek(offset, Deno.SeekMode.Start);
    const length = await file.read(room);
    if (length) return length;
    throw new UserError(`${path} has become shorter while it was copied`);
  }

  /** The entry to which the byte at `offset` belongs. */
  #indexAt(offset: number): number {
    let [low, high] = [0, this.#placed.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const { offset: start = 0, headerSize = 0, size = 0 } = this.#placed[middle] ?? {};
      if (start + headerSize + whole(size) <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The size of content with what fills its last block. */
function whole(size: number): number {
  return Math.ceil(size / TAR_BLOCK) * TAR_BLOCK;
}
