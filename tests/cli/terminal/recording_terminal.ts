/**
 * A terminal that records everything written to it.
 * @module
 */

import { concat, decodeUtf8 } from "../../../lib/base/bytes.ts";
import type { ColorEnvironment } from "../../../lib/cli/terminal/colors.ts";
import type { LineSource } from "../../../lib/cli/terminal/keyboard.ts";
import type { OutputStream } from "../../../lib/cli/terminal/ordered_stream.ts";
import { Terminal } from "../../../lib/cli/terminal/terminal.ts";

/** A stream that takes a few bytes at a time and keeps them. */
export class RecordingStream implements OutputStream {
  readonly #isTerminal: boolean;
  readonly #parts: Uint8Array[] = [];
  /** Once set, writing fails with this. */
  failure: Error | undefined;

  /** Makes a stream that is a terminal or not. */
  constructor(isTerminal: boolean) {
    this.#isTerminal = isTerminal;
  }

  /** Everything that was written so far. */
  get text(): string {
    return decodeUtf8(concat(this.#parts));
  }

  isTerminal(): boolean {
    return this.#isTerminal;
  }

  async write(bytes: Uint8Array): Promise<number> {
    await Promise.resolve();
    if (this.failure !== undefined) throw this.failure;
    const part = bytes.slice(0, 7);
    this.#parts.push(part);
    return part.length;
  }
}

/** What a {@linkcode recordingTerminal} is like. */
export interface RecordingOptions {
  /** Whether a person looks at it; not unless said so. */
  readonly isTerminal?: boolean;
  /** The variables that decide about colours. */
  readonly env?: ColorEnvironment;
  /** What a person types; by default nobody is there. */
  readonly stdin?: LineSource;
  /** How wide it is; 80 characters unless said so. */
  readonly columns?: number;
}

/** A keyboard on which nothing is typed until somebody types it. */
export class RecordingKeys implements LineSource {
  readonly #lines: (string | null)[] = [];
  #wanted: ((line: string | null) => void) | undefined;

  /** Whether keys come one by one. */
  isRaw = false;

  isTerminal(): boolean {
    return true;
  }

  setRaw(raw: boolean): void {
    this.isRaw = raw;
  }

  /** Types a line; `null` is the end of input. */
  type(line: string | null): void {
    this.#lines.push(line);
    this.#give();
  }

  /** Whether somebody waits for a line. */
  get isRead(): boolean {
    return this.#wanted !== undefined;
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    const { promise, resolve } = Promise.withResolvers<string | null>();
    this.#wanted = resolve;
    this.#give();
    const line = await promise;
    return line === null ? null : new TextEncoder().encodeInto(`${line}\n`, buffer).written;
  }

  #give(): void {
    const wanted = this.#wanted;
    const line = this.#lines[0];
    if (!wanted || line === undefined) return;
    this.#wanted = undefined;
    this.#lines.shift();
    wanted(line);
  }
}

/** A terminal of the program `prog` over two recording streams. */
export function recordingTerminal(
  { isTerminal = false, env = {}, stdin, columns = 80 }: RecordingOptions = {},
): {
  readonly terminal: Terminal;
  readonly stdout: RecordingStream;
  readonly stderr: RecordingStream;
} {
  const stdout = new RecordingStream(isTerminal);
  const stderr = new RecordingStream(isTerminal);
  const options = { program: "prog", stdout, stderr, env, columns: () => columns };
  return { terminal: new Terminal({ ...options, ...(stdin && { stdin }) }), stdout, stderr };
}
