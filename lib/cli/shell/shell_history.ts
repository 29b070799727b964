/**
 * The history of the shell, in a file that only its owner can read. Lines that begin with a space
 * are not kept.
 * @module
 */
import { dirname } from "node:path";
import { encodeUtf8 } from "../../base/bytes.ts";
import { writeDurably } from "../../base/durable_file.ts";
import { type PrivateFileRules, readPrivateFile } from "../../base/private_file.ts";
import { makePrivateFolder } from "../../base/private_folder.ts";
import { isHarmful } from "../terminal/escape.ts";

/** The maximum number of lines. */
const MAX_LINES = 1_000;
/** The maximum length of a line in UTF-16 units. Longer lines are not stored. */
const MAX_LENGTH = 4_096;
/** The file grows to twice the number of lines before it is truncated. */
const FILE_RULES: PrivateFileRules = { what: "history", secret: true, maxBytes: 64 * 1024 * 1024 };

/** The lines, the newest first. */
export class ShellHistory {
  readonly #path: string | undefined;
  #lines: readonly string[];
  #written: number;

  /** Use {@linkcode openHistory} instead. */
  constructor(path: string | undefined, lines: readonly string[]) {
    this.#path = path;
    this.#lines = lines.slice(0, MAX_LINES);
    this.#written = lines.length;
  }

  /** The lines, the newest first. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /**
   * Stores a line, unless it begins with a space or equals the newest line.
   * @throws the error of writing the file; the line is then stored in memory only
   */
  add(line: string): void {
    if (line.startsWith(" ") || line === this.#lines[0] || !isKept(line)) return;
    this.#lines = [line, ...this.#lines].slice(0, MAX_LINES);
    if (this.#path === undefined) return;
    this.#written++;
    if (this.#written > 2 * MAX_LINES) return this.#rewrite(this.#path);
    Deno.writeTextFileSync(this.#path, `${line}\n`, { append: true, mode: 0o600 });
  }

  #rewrite(path: string): void {
    const text = this.#lines.toReversed().map((line) => `${line}\n`).join("");
    writeDurably(path, encodeUtf8(text));
    this.#written = this.#lines.length;
  }
}

/**
 * Reads the file at `path`, which need not exist, and creates its folder. Without a path the
 * history is in memory only.
 * @throws {UserError} if other users could read or write it
 */
export async function openHistory(path: string | undefined): Promise<ShellHistory> {
  if (path === undefined) return new ShellHistory(undefined, []);
  makePrivateFolder(dirname(path));
  const text = await readPrivateFile(path, FILE_RULES) ?? "";
  return new ShellHistory(path, text.split("\n").filter(isKept).toReversed());
}

/** Returns whether a line is safe for a terminal. The file may contain any text. */
function isKept(line: string): boolean {
  return line.trim() !== "" && line.length <= MAX_LENGTH && ![...line].some(isHarmful);
}
