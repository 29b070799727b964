/**
 * Notices that a file was changed, replaced or put back from a copy by anybody but the process that
 * owns it. What a file looks like from outside is noted in a second file beside it, `PATH-stamp`;
 * the kernel's change time cannot be copied along with a file. Imports nothing.
 * @module
 */
import { closeSync, fsyncSync, openSync, readFileSync, statSync, writeSync } from "node:fs";

/** The stamp of one file. Make it before the file is opened. */
export class FileStamp {
  readonly #path: string;
  readonly #stampPath: string;
  /** How the file looked, and which stamp lay beside it, when this object was made. */
  readonly #found: string;
  readonly #foundStamp: string | undefined;
  #left = "";

  /** Looks at the file at `path`, which need not be there. */
  constructor(path: string) {
    this.#path = path;
    this.#stampPath = `${path}-stamp`;
    this.#found = this.#look();
    this.#foundStamp = readIfThere(this.#stampPath);
  }

  /**
   * Whether the file, as it was found, is as its owner left it. `token` is the one of the last
   * {@linkcode FileStamp.leave}, kept inside the file: it gives away a file that lost its end.
   */
  isUntouched(token: number): boolean {
    return this.#foundStamp === textOf(token, this.#found);
  }

  /** Notes how the file looks now, unless that is what was noted last. */
  leave(token: number): void {
    const text = textOf(token, this.#look());
    if (text === this.#left) return;
    this.#left = text;
    try {
      writeSynced(this.#stampPath, text);
    } catch {
      // Without a fitting stamp the file counts as touched: nothing is believed that is not so.
    }
  }

  #look(): string {
    const info = statSync(this.#path, { bigint: true, throwIfNoEntry: false });
    return info ? `${info.ino} ${info.size} ${info.mtimeNs} ${info.ctimeNs}` : "absent";
  }
}

function textOf(token: number, look: string): string {
  return `${token} ${look}\n`;
}

function writeSynced(path: string, text: string): void {
  const file = openSync(path, "w", 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
