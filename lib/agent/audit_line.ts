/**
 * One line of the audit log: a JSON object in its one spelling, with its number, the hash of the
 * line before it and, last, its own. Imports nothing.
 * @module
 */
import { hash } from "node:crypto";

/** A line that was read. */
export interface AuditLine {
  /** Counts the lines of the whole log, from 0. */
  readonly n: number;
  /** The hash of the line before it. */
  readonly prev: string;
  /** Hex SHA-256 over the line before it and this line without the hash. */
  readonly hash: string;
  /** Whatever else is recorded. */
  readonly [field: string]: unknown;
}

/** The hash before the first line. */
export const AUDIT_BEGIN: string = "0".repeat(64);

const DOMAIN = "nanoexec-audit-v1";
const HASH = /^[0-9a-f]{64}$/;

/** Writes a line, without its end, and gives its hash. */
export function printAuditLine(
  content: Readonly<Record<string, unknown>> & { readonly prev: string },
): { readonly text: string; readonly hash: string } {
  const digest = hashOf(content);
  return { text: JSON.stringify({ ...content, hash: digest }), hash: digest };
}

/** Reads a line; a text says what is wrong with it. */
export function parseAuditLine(text: string): AuditLine | string {
  const line = tryParse(text);
  if (line === undefined) return "the line is not JSON";
  if (!isLine(line)) return "the line is not a record";
  if (JSON.stringify(line) !== text) return "the line is not in its one spelling";
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

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
