/**
 * The queue as its clients see it, wherever it is: in this process for one command, or a hub that
 * runs by itself.
 * @module
 */
import type { PublicKey } from "../../envelope/keys/public_key.ts";
import type { HubMessage } from "../../protocol/agent/messages.ts";
import type { JobDescription, JobSpec } from "../../protocol/job/job_spec.ts";
import type { JobSink } from "../../protocol/job/host_state.ts";
import type { WaitOptions } from "./wait_for_agents.ts";
import type { UnsignedCommands } from "./unsigned_commands.ts";

/** A host that could be meant. */
export interface KnownHost {
  /** Its name. */
  readonly name: string;
  /** What its agent says of it. */
  readonly facts: Readonly<Record<string, string>>;
  /** The key by which the queue knows its agent, in base64. */
  readonly key: string;
}

/** An order, and what people want to know of it later. */
export interface JobSubmission extends JobSpec {
  /** What people want to know. */
  readonly about: Omit<JobDescription, "by">;
}

/** A job, to whoever has submitted it. */
export interface SubmittedJob {
  /** The id of the request. */
  readonly id: string;
  /** Resolves when every host is in a final state. */
  readonly over: Promise<void>;
  /** It is the turn of `nodes`, in a job that was held. */
  release(nodes: Iterable<string>): void;
  /** Nobody else gets a turn: hosts that have not been released are skipped. */
  withhold(): void;
  /**
   * Has the command stopped where it runs, or on `node` alone; `message` is the signed cancel that agents
   * ask for.
   */
  cancel(message: HubMessage, node?: string): void;
  /** Tells agents that what the command has changed may stay; `message` is a signed confirmation. */
  confirm(message: HubMessage): void;
  /** Waits no longer: hosts that have not ended are expired, or lost for this reason. */
  giveUp(reason?: string): void;
}

/** Receives what hosts answer to a ping. Its functions must not throw. */
export interface QueuePingSink {
  /** `node` has answered; `key` is the one by which it is known. */
  pong(node: string, envelope: Uint8Array, key: PublicKey): void;
  /** `node` is not attached. */
  absent(node: string): void;
}

/** A ping under way. Disposing it means to wait no longer. */
export interface QueuePing extends Disposable {
  /** Resolves when everybody has answered; rejects with a `UserError` if the hub has gone. */
  readonly over: Promise<void>;
}

/** A queue. */
export interface Queue extends AsyncDisposable {
  /** Whether jobs outlive the program that has submitted them. */
  readonly lasting: boolean;
  /** The way to agents that run what nobody has signed. */
  readonly unsigned: UnsignedCommands;
  /**
   * Waits until those who could be meant have had the time to attach.
   * @throws the signal's reason when it is aborted
   */
  meet(options: WaitOptions): Promise<void>;
  /** The hosts that could be meant, as far as {@linkcode Queue.meet} has met them. */
  hosts(): Iterable<KnownHost>;
  /** The host of this name, likewise. */
  host(name: string): KnownHost | undefined;
  /**
   * Begins a job: asks the hosts that are attached, and the others as they come.
   * @throws {UserError} if the hub does not take it
   */
  submit(order: JobSubmission, sink: JobSink): Promise<SubmittedJob>;
  /**
   * The names of the hosts that a reference to a past job means, such as `last:failed`.
   * @throws {UserError} if there is no such job, or it is no reference
   */
  past(reference: string, signal?: AbortSignal): Promise<readonly string[]>;
  /** Asks `nodes` to prove that they are there by signing `nonce`, 64 hex digits. */
  ping(nonce: string, sink: QueuePingSink, nodes: readonly string[]): QueuePing;
}
