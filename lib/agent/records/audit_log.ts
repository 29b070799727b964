/**
 * Writes the agent's audit log: one JSON object per line with the hash of the line before it, on
 * disk before a command starts. A changed or removed line breaks the chain, and results carry the
 * newest hash to the operators. Each line has one canonical form: its number first, then the
 * previous hash, and its own hash last.
 * @module
 */
import { hash } from "node:crypto";
import { lstatSync } from "node:fs";
import { basename } from "node:path";
import { UserError } from "../../base/errors.ts";

/** A parsed line. */
export interface AuditLine {
  /** Counts the lines of the whole log, from 0. */
  readonly n: number;
  /** The hash of the line before it. */
  readonly prev: string;
  /** Hex SHA-256 over the line before it and this line without the hash. */
  readonly hash: string;
  /** Other recorded fields. */
  readonly [field: string]: unknown;
}

/** The hash before the first line. */
export const AUDIT_GENESIS_HASH: string = "0".repeat(64);

const DOMAIN = "nanoexec-audit-v1";
const HASH = /^[0-9a-f]{64}$/;

/** Formats a line, without its line end, and returns its hash. */
export function formatAuditLine(
  content: Readonly<Record<string, unknown>> & { readonly prev: string },
): { readonly text: string; readonly hash: string } {
  const digest = hashOf(content);
  return { text: JSON.stringify({ ...content, hash: digest }), hash: digest };
}

/** Parses a line; a returned text is the error. */
export function parseAuditLine(text: string): AuditLine | string {
  const line = parseJson(text);
  if (line === undefined) return "the line is not JSON";
  if (!isLine(line)) return "the line is not a record";
  if (JSON.stringify(line) !== text) return "the line is not in canonical form";
  const { hash: claimed, ...content } = line;
  return hashOf(content) === claimed ? line : "the line was changed";
}

function hashOf(content: { readonly prev: string }): string {
  return hash("sha256", `${DOMAIN}\0${content.prev}\0${JSON.stringify(content)}`, "hex");
}

function isLine(value: unknown): value is AuditLine {
  const line = value as Partial<AuditLine> | null;
  return typeof line === "object" && Number.isSafeInteger(line?.n) && isHash(line?.prev) &&
    isHash(line?.hash) && Object.keys(line ?? {}).at(-1) === "hash";
}

function isHash(value: unknown): boolean {
  return typeof value === "string" && HASH.test(value);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A record; `n`, `t`, `prev` and `hash` are added. */
export interface AuditRecord {
  /** The event; `rotate` starts the file after a rotated one, and names that one. */
  readonly event:
    | "start"
    | "cancel"
    | "cancel-early"
    | "confirm"
    | "release"
    | "undo"
    | "allow"
    | "deny"
    | "run"
    | "resume"
    | "end"
    | "bad"
    | "stop"
    | "rotate";
  /** Other recorded fields. */
  readonly [field: string]: unknown;
}

/** Options of an audit log. */
interface AuditLogOptions {
  /** The path of the file, which is appended to, and created with mode 0600 if it is missing. */
  readonly path: string;
  /** The size in bytes at which the file is rotated to `PATH.1`, `PATH.2`, and so on. */
  readonly maxBytes?: number;
  /** The source of time, in ms since 1970. */
  readonly now?: () => number;
}

const MAX_BYTES = 16_777_216;
/** The longest line: a command of 128 KiB, each byte of it as `\u00xx`, and the rest. */
const MAX_LINE_BYTES = 1_048_576;
const LINE_END = 0x0a;

/** An open audit log. */
export class AuditLog implements Disposable {
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #now: () => number;
  #file: Deno.FsFile;
  #size: number;
  #next: number;
  #head: string;
  /** The rotated file that no line of the new one refers to yet. */
  #earlier: string | undefined;

  /**
   * Opens the log and continues its chain. Throws the file system's errors.
   * @throws {UserError} if its last line is malformed
   */
  constructor({ path, maxBytes = MAX_BYTES, now = Date.now }: AuditLogOptions) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#now = now;
    const own = lastLine(path);
    const earlier = newestRotated(path);
    const last = own ?? (earlier === undefined ? undefined : lastLine(earlier));
    this.#next = last ? last.n + 1 : 0;
    this.#head = last?.hash ?? AUDIT_GENESIS_HASH;
    this.#file = openForAppending(path);
    this.#size = this.#file.statSync().size;
    if (!own) this.#earlier = earlier;
  }

  /** The hash of the newest line. */
  get head(): string {
    return this.#head;
  }

  /** Adds a line, which is on disk on return. Throws the file system's errors. */
  append(record: AuditRecord): void {
    if (this.#size >= this.#maxBytes) this.#rotate();
    if (this.#earlier !== undefined) {
      this.#write({ event: "rotate", earlier: basename(this.#earlier) });
      this.#earlier = undefined;
    }
    this.#write(record);
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
  }

  #write(record: AuditRecord): void {
    const content = { n: this.#next, t: this.#now(), prev: this.#head, ...record };
    const { text, hash } = formatAuditLine(content);
    const bytes = new TextEncoder().encode(`${text}\n`);
    try {
      writeAll(this.#file, bytes);
      this.#file.syncDataSync();
    } catch (error) {
      this.#removePartialLine();
      throw error;
    }
    this.#next++;
    this.#head = hash;
    this.#size += bytes.length;
  }

  /** Removes a partial line, because a torn line inside the log would break the chain for good. */
  #removePartialLine(): void {
    try {
      this.#file.truncateSync(this.#size);
    } catch {
      // Such a disk accepts no further line either.
    }
  }

  /** Rotates the file. The chain continues from its last line to the first line of the new file. */
  #rotate(): void {
    const aside = `${this.#path}.${countRotated(this.#path) + 1}`;
    Deno.renameSync(this.#path, aside);
    this.#earlier = aside;
    const full = this.#file;
    try {
      this.#file = openForAppending(this.#path);
    } catch (error) {
      Deno.renameSync(aside, this.#path);
      this.#earlier = undefined;
      throw error;
    }
    full.close();
    this.#size = 0;
  }
}

/** The result of {@linkcode verifyAudit}. */
export type AuditVerdict =
  /** The chain is intact. `head` is the newest hash; hashes in results must be in the log. */
  | { readonly kind: "intact"; readonly lines: number; readonly head: string }
  /** The chain is broken at `line`, counted from 1. */
  | { readonly kind: "broken"; readonly line: number; readonly reason: string };

/**
 * Verifies the text of a log, or of its files in order. It must start at the first line of the log
 * or of a rotated file. Only the head shows lines that are missing at the end.
 */
export function verifyAudit(text: string): AuditVerdict {
  let previous: AuditLine | undefined;
  const lines = text.split("\n");
  const rest = lines.pop();
  for (const [index, content] of lines.entries()) {
    const line = parseAuditLine(content);
    const reason = typeof line === "string" ? line : checkChain(line, previous);
    if (typeof line === "string" || reason !== undefined) {
      return { kind: "broken", line: index + 1, reason: reason ?? "" };
    }
    previous = line;
  }
  if (rest) return { kind: "broken", line: lines.length + 1, reason: "the line is cut short" };
  return { kind: "intact", lines: lines.length, head: previous?.hash ?? AUDIT_GENESIS_HASH };
}

/** Returns the error between a line and the one before it, if any. */
function checkChain(line: AuditLine, previous: AuditLine | undefined): string | undefined {
  if (!previous) {
    const isBegin = line.n === 0 && line.prev === AUDIT_GENESIS_HASH;
    return isBegin || line.event === "rotate" ? undefined : "the lines before it are missing";
  }
  if (line.prev !== previous.hash) return "the line before it was changed or is missing";
  return line.n === previous.n + 1 ? undefined : "its number is not the next one";
}

/** Returns the last whole line of a file. Removes a partial line that a crash left. */
function lastLine(path: string): AuditLine | undefined {
  const end = readEnd(path);
  const wholeLength = end.bytes.lastIndexOf(LINE_END) + 1;
  if (wholeLength < end.bytes.length) Deno.truncateSync(path, end.offset + wholeLength);
  if (wholeLength === 0) return undefined;
  const begin = end.bytes.lastIndexOf(LINE_END, wholeLength - 2) + 1;
  const text = new TextDecoder().decode(end.bytes.subarray(begin, wholeLength - 1));
  const line = parseAuditLine(text);
  if (typeof line === "string") throw new UserError(`audit log ${path}: last line: ${line}`);
  return line;
}

/** Reads the end of a file, at least two lines long; empty if there is no file. */
function readEnd(path: string): { readonly bytes: Uint8Array; readonly offset: number } {
  if (!exists(path)) return { bytes: new Uint8Array(), offset: 0 };
  using file = Deno.openSync(path, { read: true });
  const { size } = file.statSync();
  const offset = Math.max(0, size - 2 * MAX_LINE_BYTES);
  file.seekSync(offset, Deno.SeekMode.Start);
  const bytes = new Uint8Array(size - offset);
  let filled = 0;
  for (let read = 1; read > 0 && filled < bytes.length; filled += read) {
    read = file.readSync(bytes.subarray(filled)) ?? 0;
  }
  return { bytes: bytes.subarray(0, filled), offset };
}

/** Returns the newest rotated file. A crash may lie between a rotation and the next line. */
function newestRotated(path: string): string | undefined {
  const count = countRotated(path);
  return count === 0 ? undefined : `${path}.${count}`;
}

function countRotated(path: string): number {
  let count = 0;
  while (exists(`${path}.${count + 1}`)) count++;
  return count;
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function openForAppending(path: string): Deno.FsFile {
  const info = lstatSync(path, { throwIfNoEntry: false });
  // Opening a FIFO would block until it has a reader.
  if (info && !info.isFile()) throw new UserError(`${path} is not a regular file`);
  return Deno.openSync(path, { append: true, create: true, mode: 0o600 });
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
}
