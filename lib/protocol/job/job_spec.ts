/**
 * A job as it is submitted to a hub.
 * @module
 */
import type { HubMessage } from "../agent/messages.ts";
import type { InputSource } from "./input_source.ts";

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
