/**
 * A terminal that remembers what was written to it. Imports `lib/cli`.
 * @module
 */

import { concat, fromUtf8 } from "../../lib/base/bytes.ts";
import type { ColorEnvironment } from "../../lib/cli/colors.ts";
import { type OutputStream, Terminal } from "../../lib/cli/terminal.ts";

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
    return fromUtf8(concat(this.#parts));
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
}

/** A terminal of the program `prog` over two recording streams. */
export function recordingTerminal({ isTerminal = false, env = {} }: RecordingOptions = {}): {
  readonly terminal: Terminal;
  readonly stdout: RecordingStream;
  readonly stderr: RecordingStream;
} {
  const stdout = new RecordingStream(isTerminal);
  const stderr = new RecordingStream(isTerminal);
  return { terminal: new Terminal({ program: "prog", stdout, stderr, env }), stdout, stderr };
}
