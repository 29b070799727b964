/**
 * The agent's own record of what it was asked and what it did: one JSON object per line, each with
 * the hash of the line before it, on disk before a command starts. Whoever changes or removes a
 * line breaks the chain, and results carry its newest hash away from the host.
 * @module
 */
import { hash } from "node:crypto";

/** What is recorded; `n`, `t`, `prev` and `hash` are added. */
export interface AuditRecord {
  readonly event: "start" | "allow" | "deny" | "run" | "end" | "bad" | "stop";
  readonly [field: string]: unknown;
}

/** Settings of an audit log. */
export interface AuditOptions {
  /** The file; it is appended to, and made with mode 0600 if it is not there. */
  readonly path: string;
  /** From this size on, in bytes, the file is set aside as `PATH.1`, `PATH.2`, and so on. */
  readonly maxBytes?: number;
  readonly now?: () => number;
}

const MAX_BYTES = 16_777_216;
const DOMAIN = "nanoexec-audit-v1";
/** The hash before the first line. */
export const AUDIT_BEGIN: string = "0".repeat(64);

/** An open audit log. */
export class AuditLog implements Disposable {
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #now: () => number;
  #file: Deno.FsFile;
  #size: number;
  #next: number;
  #head: string;

  /**
   * Opens the log and goes on with its chain. Throws what the file system throws.
   * @throws {AuditError} if its last line is not one of ours
   */
  constructor({ path, maxBytes = MAX_BYTES, now = Date.now }: AuditOptions) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#now = now;
    const last = lastLine(path);
    this.#next = last ? last.n + 1 : 0;
    this.#head = last?.hash ?? AUDIT_BEGIN;
    this.#file = openForAppending(path);
    this.#size = this.#file.statSync().size;
  }

  /** The hash of the newest line. */
  get head(): string {
    return this.#head;
  }

  /** Adds a line; it is on disk when this returns. */
  append(record: AuditRecord): void {
    if (this.#size >= this.#maxBytes) this.#rotate();
    const line = { n: this.#next++, t: this.#now(), prev: this.#head, ...record };
    const digest = lineHash(line);
    const bytes = new TextEncoder().encode(`${JSON.stringify({ ...line, hash: digest })}\n`);
    writeAll(this.#file, bytes);
    this.#file.syncDataSync();
    this.#head = digest;
    this.#size += bytes.length;
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
  }

  /** The chain runs on from the last line of the file set aside to the first of the new one. */
  #rotate(): void {
    this.#file.close();
    let number = 1;
    while (exists(`${this.#path}.${number}`)) number++;
    Deno.renameSync(this.#path, `${this.#path}.${number}`);
    this.#file = openForAppending(this.#path);
    this.#size = 0;
  }
}

/** A log whose chain cannot be continued or is broken. */
export class AuditError extends Error {
  override readonly name = "AuditError";
}

/** What {@linkcode verifyAudit} found. */
export type AuditVerdict =
  | { readonly kind: "intact"; readonly lines: number; readonly head: string }
  /** `line` counts from 1. */
  | { readonly kind: "broken"; readonly line: number; readonly reason: string };

/**
 * Checks the text of a log, or of several files of one log in their order. The first line may
 * continue an earlier file.
 */
export function verifyAudit(text: string): AuditVerdict {
  let previous: Line | undefined;
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  for (const [index, content] of lines.entries()) {
    const line = parseLine(content);
    const reason = typeof line === "string" ? line : breach(line, previous);
    if (typeof line === "string" || reason) {
      return { kind: "broken", line: index + 1, reason: reason ?? "" };
    }
    previous = line;
  }
  return { kind: "intact", lines: lines.length, head: previous?.hash ?? AUDIT_BEGIN };
}

interface Line {
  readonly n: number;
  readonly prev: string;
  readonly hash: string;
  readonly [field: string]: unknown;
}

/** What is wrong between a line and the one before it, if anything. */
function breach(line: Line, previous: Line | undefined): string | undefined {
  const { hash: claimed, ...rest } = line;
  if (lineHash(rest) !== claimed) return "the line was changed";
  if (line.n === 0 && line.prev !== AUDIT_BEGIN) return "the first line has a line before it";
  if (!previous) return undefined;
  if (line.prev !== previous.hash) return "the line before it was changed or is missing";
  return line.n === previous.n + 1 ? undefined : "its number does not follow";
}

function lineHash(line: { readonly prev: string; readonly [field: string]: unknown }): string {
  return hash("sha256", `${DOMAIN}\0${line.prev}\0${JSON.stringify(line)}`, "hex");
}

function parseLine(text: string): Line | string {
  try {
    const line: unknown = JSON.parse(text);
    const known = line as Partial<Line> | null;
    if (
      typeof known?.n === "number" && typeof known.prev === "string" &&
      typeof known.hash === "string"
    ) {
      return JSON.stringify(line) === text ? line as Line : "the line is not in its one spelling";
    }
    return "the line is not a record";
  } catch {
    return "the line is not JSON";
  }
}

function lastLine(path: string): Line | undefined {
  const text = exists(path) ? withoutTornEnd(path) : "";
  if (text === "") return lastOfRotated(path);
  const line = parseLine(text.slice(text.lastIndexOf("\n") + 1));
  if (typeof line === "string") throw new AuditError(`audit log ${path}: last line: ${line}`);
  return line;
}

/** Takes away a last line that a crash cut short: nothing was done on the strength of it. */
function withoutTornEnd(path: string): string {
  const bytes = Deno.readFileSync(path);
  const end = bytes.lastIndexOf(0x0a) + 1;
  if (end < bytes.length) Deno.truncateSync(path, end);
  return new TextDecoder().decode(bytes.subarray(0, Math.max(0, end - 1)));
}

/** A crash may lie between setting a file aside and the first line of the next. */
function lastOfRotated(path: string): Line | undefined {
  let number = 0;
  while (exists(`${path}.${number + 1}`)) number++;
  return number === 0 ? undefined : lastLine(`${path}.${number}`);
}

function exists(path: string): boolean {
  try {
    return Deno.lstatSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function openForAppending(path: string): Deno.FsFile {
  return Deno.openSync(path, { append: true, create: true, mode: 0o600 });
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
}
