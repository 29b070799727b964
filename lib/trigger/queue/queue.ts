/**
 * The queue that commands are submitted to: in this process for one command, or a hub daemon.
 * @module
 */
import type { Clock } from "../../base/clock.ts";
import type { PublicKey } from "../../envelope/keys/public_key.ts";
import type { HubMessage } from "../../protocol/agent/messages.ts";
import type { JobDescription, JobSpec } from "../../protocol/job/job_spec.ts";
import type { JobSink } from "../../protocol/job/host_state.ts";
import type { LegacyCommand } from "../../protocol/legacy_command.ts";

/** A host that a target may match. */
export interface KnownHost {
  /** The name of the host. */
  readonly name: string;
  /** The facts that its agent reports. */
  readonly facts: Readonly<Record<string, string>>;
  /** The key that the queue has pinned for its agent, in base64. */
  readonly key: string;
  /** What its agent can do; absent if the host is not attached. */
  readonly capabilities?: readonly string[];
}

/** Returns what the agents of `hosts` can do, by name. Hosts that do not say it are left out. */
export function capabilitiesByName(
  hosts: Iterable<Pick<KnownHost, "name" | "capabilities">>,
): ReadonlyMap<string, readonly string[]> {
  const byName = new Map<string, readonly string[]>();
  for (const { name, capabilities } of hosts) if (capabilities) byName.set(name, capabilities);
  return byName;
}

/** A job to submit, with a description for people. */
export interface JobSubmission extends JobSpec {
  /** The description, which `jobs` shows later. */
  readonly about: Omit<JobDescription, "by">;
}

/** A job that was submitted, or one that is followed. */
export interface SubmittedJob {
  /** The id of the request. */
  readonly id: string;
  /** Resolves when every host is in a final state. */
  readonly over: Promise<void>;
  /**
   * Releases `nodes` of a held job: they receive the request now, or when they attach; `message` is
   * the signed release for the agents, if the request itself is held.
   */
  release(nodes: Iterable<string>, message?: HubMessage): void;
  /** Skips all hosts that were not released. */
  withhold(): void;
  /**
   * Cancels the command on all hosts, or on `node` only; `message` is the signed cancel for the agents.
   */
  cancel(message: HubMessage, node?: string): void;
  /** Confirms the change of the command; `message` is the signed confirmation for the agents. */
  confirm(message: HubMessage): void;
  /** Stops waiting: hosts that have not ended are expired, or lost for this reason. */
  giveUp(reason?: string): void;
}

/** Receives the answers to a ping. Its functions must not throw. */
export interface QueuePingSink {
  /** `node` has sent a pong, which `key`, the pinned key of its agent, must verify. */
  pong(node: string, envelope: Uint8Array, key: PublicKey): void;
  /** `node` is not attached. */
  absent(node: string): void;
}

/** A ping under way. Disposing it ends the wait. */
export interface QueuePing extends Disposable {
  /** Resolves when every host has answered; rejects with a `UserError` if the hub disconnects. */
  readonly over: Promise<void>;
}

/** How long to wait for agents to attach. Times in milliseconds. */
export interface WaitOptions {
  /** The hosts to wait for; without them, until no further agent attaches. */
  readonly expect?: readonly string[];
  /** The longest wait. */
  readonly maxMs: number;
  /** Without expected hosts: ends the wait when no agent has attached for this time; 2500 by default. */
  readonly quietMs?: number;
  /** The source of time; the system clock by default. */
  readonly clock?: Clock;
  /** Ends the wait when aborted. */
  readonly signal?: AbortSignal;
}

/** The attached hosts that can receive an unsigned command. */
export interface UnsignedHosts {
  /** The attached hosts that the command is for and that run unsigned commands. */
  readonly nodes: readonly string[];
  /** Whether the named host is attached. */
  readonly isAttached: boolean;
  /** The number of attached legacy agents, which have no names. */
  readonly legacyAgents: number;
}

/** Sends unsigned commands to agents with `--insecure` and to legacy agents. */
export interface UnsignedCommands {
  /**
   * Returns the hosts for `host`, or for `ALL`, once they have had the time to attach.
   * @throws {UserError} if the hub accepts signed commands only
   */
  waitForHosts(
    host: string,
    wait: Required<Pick<WaitOptions, "maxMs" | "signal">>,
  ): Promise<UnsignedHosts>;
  /** Sends a command to the legacy agents; returns their number. */
  publish(command: LegacyCommand): Promise<number>;
}

/** A queue. */
export interface Queue extends AsyncDisposable {
  /** Whether jobs outlive the program that has submitted them. */
  readonly lasting: boolean;
  /** The sender of unsigned commands. */
  readonly unsigned: UnsignedCommands;
  /**
   * Waits until the hosts that a target may match have had the time to attach. A hub daemon returns
   * the hosts that it knows, at once.
   * @throws the signal's reason when it is aborted
   */
  waitForAgents(options: WaitOptions): Promise<void>;
  /** Iterates over the hosts that are known since {@linkcode Queue.waitForAgents}. */
  hosts(): Iterable<KnownHost>;
  /** Returns one of these hosts. */
  host(name: string): KnownHost | undefined;
  /**
   * Returns what the agents of `nodes` can do. Hosts that are not attached are left out.
   * @throws {UserError} if the hub refuses, or the connection is lost and not restored
   */
  capabilitiesOf(nodes: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
  /**
   * Submits a job, which is sent to the attached hosts and to the others when they attach.
   * @throws {UserError} if the hub refuses it
   */
  submit(order: JobSubmission, sink: JobSink): Promise<SubmittedJob>;
  /**
   * Returns the names of the hosts of a past job, such as `last:failed`.
   * @throws {UserError} if there is no such job, or the reference is malformed
   */
  past(reference: string, signal?: AbortSignal): Promise<readonly string[]>;
  /** Pings `nodes`: each host signs `nonce`, 64 hex digits. */
  ping(nonce: string, sink: QueuePingSink, nodes: readonly string[]): QueuePing;
}
