/**
 * The source of the standard input of a job's commands.
 * @module
 */
import type { InputBlock } from "../../envelope/statements/input_block.ts";

/** Where the input of a job comes from. */
export interface InputSource {
  /**
   * Whether any part can be read at any time, so that no host waits for another. Otherwise it is
   * read once, from the start, and hosts run ahead of the slowest by no more than is kept.
   */
  readonly seekable: boolean;
  /** How many bytes all hosts together may be sent in a second, if not as many as they can take. */
  readonly bytesPerSecond?: number | undefined;
  /** Where the host `node` begins, once that is known; 0 unless this is given. */
  startOf?(node: string): Promise<number>;
  /**
   * Reads the block that begins at `offset`: an empty one at the end. One is read at a time. When it
   * rejects, hosts that need this block wait until whoever owns the source ends the job.
   */
  read(offset: number, signal: AbortSignal): Promise<InputBlock>;
}
