/**
 * What a job is made of, as hub and operators' programs share it: the request, its hosts and times,
 * and the source of its standard input.
 * @module
 */
import type { InputBlock } from "../../envelope/statements/input_block.ts";
import type { HubMessage } from "../agent/messages.ts";

/** A request for hosts. Times in milliseconds. */
export interface JobSpec {
  /** The id of the request. */
  readonly id: string;
  /** Hex SHA-256 of the request, which every result repeats; empty if only the id is known. */
  readonly digest: string;
  /** The message that each agent is sent. */
  readonly message: HubMessage;
  /** The names of the hosts. */
  readonly nodes: readonly string[];
  /** How long a detached host is waited for, once it is released. */
  readonly deliverMs: number;
  /** How long the command may run, including the time that the agent needs to report its end. */
  readonly runMs: number;
  /** What the commands read while they run. */
  readonly input?: InputSource;
  /** Whether no host gets the request before it is released; otherwise all are released at once. */
  readonly held?: boolean;
}

/** What people want to know of a job. */
export interface JobDescription {
  /** Who submitted it. */
  readonly by: string;
  /** The target as it was written. */
  readonly target: string;
  /** The command. */
  readonly summary: string;
}

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
