/**
 * Detects that another process changed, removed, replaced or restored files from a copy. Their
 * size, inode and times are recorded in one more file beside them, `PATH-stamp`. The kernel's
 * change time cannot be copied with a file.
 * @module
 */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** The stamp of some files. Make it before they are opened. */
export class FileStamp {
  /**
   * For how many milliseconds nobody has written, removed or put back any of the files or the
   * stamp; 0 if that cannot be told. A second is left out, because change times may be that coarse.
   */
  readonly idleMs: number;
  readonly #paths: readonly string[];
  readonly #stampPath: string;
  /** How the file looked, and which stamp lay beside it, when this object was made. */
  readonly #found: string;
  readonly #foundStamp: string | undefined;
  #written = "";

  /** Looks at the file at `path` and at those with the `endings`; none of them need be there. */
  constructor(path: string, endings: readonly string[] = []) {
    this.#paths = [path, ...endings.map((ending) => path + ending)];
    this.#stampPath = `${path}-stamp`;
    this.#found = this.#describe();
    this.#foundStamp = readIfThere(this.#stampPath);
    const changes = [...this.#paths, this.#stampPath, dirname(path)].map(changeTime);
    this.idleMs = Math.max(0, Date.now() - Math.max(...changes) - 1_000);
  }

  /**
   * Whether the files, as they were found, are as their owner left them. `token` is the one of the last
   * {@linkcode FileStamp.update}, kept inside the file: it gives away a file that lost its end.
   */
  isUntouched(token: number): boolean {
    return this.#foundStamp === formatStamp(token, this.#found);
  }

  /**
   * Notes how the files look now, unless that is what was noted last. That is not forced to the
   * disk: should a power cut lose it, the files count as touched, which is the safe mistake.
   */
  update(token: number): void {
    const text = formatStamp(token, this.#describe());
    if (text === this.#written) return;
    this.#written = text;
    try {
      writeFileSync(this.#stampPath, text, { mode: 0o600 });
    } catch {
      // Without a fitting stamp the file counts as touched: nothing is believed that is not so.
    }
  }

  #describe(): string {
    return this.#paths.map(describeFile).join(" / ");
  }
}

function describeFile(path: string): string {
  const info = statSync(path, { bigint: true, throwIfNoEntry: false });
  // check: stamp-file
  return info ? `${info.ino} ${info.size} ${info.mtimeNs} ${info.ctimeNs}` : "absent";
}

function changeTime(path: string): number {
  const info = statSync(path, { throwIfNoEntry: false });
  return info ? Math.max(info.ctimeMs, info.mtimeMs) : 0;
}

function formatStamp(token: number, look: string): string {
  return `${token} ${look}\n`; // check: stamp-token
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
