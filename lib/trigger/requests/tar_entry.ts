/**
 * Writes the entries of a tar archive in exactly one way, so that the same folder always has the
 * same digest. Names are bytes, and long names have an entry of their own, as GNU tar writes them:
 * the one form that the tars of GNU, BSD and busybox read.
 * @module
 */
import { concat, encodeUtf8 } from "../../base/bytes.ts";

/** A file, a folder or a link in an archive. */
export interface TarEntry {
  /** Its path from the folder that is archived, `.` for that itself. */
  readonly path: string;
  /** What it is, and how many bytes follow it, or where it leads. */
  readonly content:
    | { readonly kind: "file"; readonly size: number }
    | { readonly kind: "folder" }
    | { readonly kind: "link"; readonly to: string };
  /** Its permission bits. */
  readonly mode: number;
  /** When it was changed, in Unix seconds. */
  readonly modified: number;
}

/** The size of everything in an archive is a multiple of this, in bytes. */
export const TAR_BLOCK = 512;

/** What an archive ends with: two blocks of zeros. */
export const TAR_END = 1_024;

/** How long a name may be in the entry itself, in bytes. */
const MAX_NAME = 100;
/** The largest size in octal digits. */
const MAX_OCTAL_SIZE = 0o77777777777;
const LONG_NAME = "././@LongLink";
const TYPES = { file: "0", link: "2", folder: "5" } as const;

/** The bytes that come before the content of `entry`. */
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

/** How many bytes follow `size` bytes of content before the next entry. */
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

/** An entry whose content is a name that is too long for the entry that follows. */
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
  bytes.set(octal(0, 7), 108); // the owner is whoever unpacks it
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

/** In octal, or from 8 GiB on in binary. */
function sizeField(size: number): Uint8Array {
  if (size <= MAX_OCTAL_SIZE) return octal(size, 11);
  const field = new Uint8Array(12);
  field[0] = 0x80;
  new DataView(field.buffer).setBigUint64(4, BigInt(size));
  return field;
}
