/**
 * Describes a job for hub and operators' programs: the request, its hosts and times, and the source
 * of its standard input.
 * @module
 */
import type { InputBlock, InputPosition } from "../../envelope/statements/input_block.ts";
import type { HubMessage } from "../agent/messages.ts";

/** A request for hosts. Times in milliseconds. */
export interface JobSpec {
  /** The id of the request. */
  readonly id: string;
  /** Hex SHA-256 of the request, which every result repeats; empty if only the id is known. */
  readonly digest: string;
  /** The message for each agent. */
  readonly message: HubMessage;
  /** The names of the hosts. */
  readonly nodes: readonly string[];
  /** How long the hub waits for a detached host, once it is released. */
  readonly deliverMs: number;
  /** How long the command may run, including the time that the agent needs to report its end. */
  readonly runMs: number;
  /** What the commands read while they run. */
  readonly input?: InputSource;
  /** Whether no host gets the request before it is released; otherwise all are released at once. */
  readonly held?: boolean;
}

/** The texts of a job, for people. */
export interface JobDescription {
  /** The operator who submitted it. */
  readonly by: string;
  /** The target in the operator's spelling. */
  readonly target: string;
  /** The command. */
  readonly summary: string;
}

/** The source of a job's standard input. */
export interface InputSource {
  /**
   * Whether any part can be read at any time, so that no host waits for another. Otherwise the input
   * is read once, from the start, and no host runs ahead of the slowest by more than the hub keeps.
   */
  readonly seekable: boolean;
  /** The rate limit for all hosts together, in bytes per second; none if absent. */
  readonly bytesPerSecond?: number | undefined;
  /** Resolves to the offset at which host `node` starts. Without this function it is 0. */
  startOf?(node: string): Promise<number>;
  /**
   * Reads the block at `position`, which is empty at the end. The same position always has the same
   * block. The hub reads one block at a time. If it rejects, hosts that need this block wait until the owner of the source ends the job.
   */
  read(position: InputPosition, signal: AbortSignal): Promise<InputBlock>;
}
