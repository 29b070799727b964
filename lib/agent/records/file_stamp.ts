/**
 * Detects that another process changed, removed, replaced or restored files. Their size, inode and
 * times are recorded in one more file beside them, `PATH-stamp`. The kernel's change time cannot be
 * copied with a file.
 * @module
 */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** The stamp of some files. Create it before they are opened. */
export class FileStamp {
  /**
   * How long the files and the stamp are unchanged, in milliseconds; 0 if unknown. One second is
   * left out, because change times may be that coarse.
   */
  readonly idleMs: number;
  readonly #paths: readonly string[];
  readonly #stampPath: string;
  /** The state of the files and the stamp when this object was created. */
  readonly #found: string;
  readonly #foundStamp: string | undefined;
  #written = "";

  /**
   * Reads the state of the file at `path` and of those with the `endings`; none of them must exist.
   */
  constructor(path: string, endings: readonly string[] = []) {
    this.#paths = [path, ...endings.map((ending) => path + ending)];
    this.#stampPath = `${path}-stamp`;
    this.#found = this.#describe();
    this.#foundStamp = readIfThere(this.#stampPath);
    const changes = [...this.#paths, this.#stampPath, dirname(path)].map(changeTime);
    this.idleMs = Math.max(0, Date.now() - Math.max(...changes) - 1_000);
  }

  /**
   * Whether the files are as their owner left them. `token` is the one of the last {@linkcode
   * FileStamp.update}, stored inside the file; it reveals a file that lost its end.
   */
  isUntouched(token: number): boolean {
    return this.#foundStamp === formatStamp(token, this.#found);
  }

  /**
   * Records the state of the files, if it has changed. The stamp is not synced to disk. After a
   * power cut the files may count as changed, which is the safe error.
   */
  update(token: number): void {
    const text = formatStamp(token, this.#describe());
    if (text === this.#written) return;
    this.#written = text;
    try {
      writeFileSync(this.#stampPath, text, { mode: 0o600 });
    } catch {
      // Without a matching stamp the file counts as changed, which is safe.
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
