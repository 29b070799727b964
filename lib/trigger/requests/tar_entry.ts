/**
 * Encodes the entries of a tar archive in exactly one way, so that the same folder always has the
 * same digest. Long names are in a separate entry, as GNU tar writes them: the only form that GNU,
 * BSD and busybox tar all read.
 * @module
 */
import { concat, encodeUtf8 } from "../../base/bytes.ts";

/** A file, a folder or a symbolic link in an archive. */
export interface TarEntry {
  /** The path relative to the archived folder; `.` for this folder. */
  readonly path: string;
  /** The type, with the size in bytes of a file or the target of a link. */
  readonly content:
    | { readonly kind: "file"; readonly size: number }
    | { readonly kind: "folder" }
    | { readonly kind: "link"; readonly to: string };
  /** The permission bits. */
  readonly mode: number;
  /** The modification time, in Unix seconds. */
  readonly modified: number;
}

/** The block size of an archive, in bytes. */
export const TAR_BLOCK = 512;

/** The length of the end of an archive, in bytes: two blocks of zeros. */
export const TAR_END = 1_024;

/** The longest name in the entry itself, in bytes. */
const MAX_NAME = 100;
/** The largest size that fits the octal field. */
const MAX_OCTAL_SIZE = 0o77777777777;
const LONG_NAME = "././@LongLink";
const TYPES = { file: "0", link: "2", folder: "5" } as const;

/** Returns the bytes before the content of an entry. */
export function tarHeader({ path, content, mode, modified }: TarEntry): Uint8Array {
  const name = encodeUtf8(content.kind === "folder" ? `${path}/` : path);
  const link = encodeUtf8(content.kind === "link" ? content.to : "");
  const size = content.kind === "file" ? content.size : 0;
  return concat([
    ...longName("K", link),
    ...longName("L", name),
    block({ name, link, size, mode, modified, type: TYPES[content.kind] }),
  ]);
}

/** Returns how many bytes of padding follow `size` bytes of content. */
export function tarPadding(size: number): number {
  return (TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK;
}

interface Block {
  readonly name: Uint8Array;
  readonly link: Uint8Array;
  readonly size: number;
  readonly mode: number;
  readonly modified: number;
  readonly type: string;
}

/** Returns an entry with the name of the next one, if that is too long for the name field. */
function longName(type: "K" | "L", name: Uint8Array): readonly Uint8Array[] {
  if (name.length <= MAX_NAME) return [];
  const size = name.length + 1;
  const link = new Uint8Array();
  const header = block({ name: encodeUtf8(LONG_NAME), link, size, mode: 0, modified: 0, type });
  return [header, name, new Uint8Array(1 + tarPadding(size))];
}

function block({ name, link, size, mode, modified, type }: Block): Uint8Array {
  const bytes = new Uint8Array(TAR_BLOCK);
  bytes.set(name.subarray(0, MAX_NAME), 0);
  bytes.set(octal(mode, 7), 100);
  bytes.set(octal(0, 7), 108); // no owner: the user who unpacks owns the files
  bytes.set(octal(0, 7), 116);
  bytes.set(sizeField(size), 124);
  bytes.set(octal(Math.max(0, modified), 11), 136);
  bytes.set(encodeUtf8("        "), 148);
  bytes.set(encodeUtf8(type), 156);
  bytes.set(link.subarray(0, MAX_NAME), 157);
  bytes.set(encodeUtf8("ustar  "), 257);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.set(octal(sum, 6), 148);
  bytes[154] = 0;
  return bytes;
}

function octal(value: number, digits: number): Uint8Array {
  return encodeUtf8(value.toString(8).padStart(digits, "0"));
}

/** Returns the size in octal, or in binary from 8 GiB on. */
function sizeField(size: number): Uint8Array {
  if (size <= MAX_OCTAL_SIZE) return octal(size, 11);
  const field = new Uint8Array(12);
  field[0] = 0x80;
  new DataView(field.buffer).setBigUint64(4, BigInt(size));
  return field;
}
