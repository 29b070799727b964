/**
 * Runs a command with a queue, or with a running hub if it needs one. Passes on the signals that
 * stop it, the remaining time, and the hosts of its target.
 * @module
 */
import { UserError } from "../../base/errors.ts";
import type { Target } from "../../nodeset/mod.ts";
import { foldNodes } from "../../nodeset/sets/node_set.ts";
import type { Queue } from "../../trigger/queue/queue.ts";
import type { RemoteQueue } from "../../trigger/queue/remote_queue.ts";
import { resolve } from "../../trigger/targets/resolve.ts";
import type { ExecutionChoice } from "../args/execution_options.ts";
import type { QueueChoice } from "../args/queue_options.ts";
import { findInstallationPaths } from "../keys/installation_paths.ts";
import { showWaiting } from "../present/live_progress.ts";
import { StopSignals } from "../process/stop_signals.ts";
import { revokeRootRead } from "../sandbox/permissions.ts";
import { readNodeSet } from "../targets/read_target.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { CommandResources, QueueSelection } from "./command_resources.ts";

/** A deadline that can be postponed. */
export class Deadline {
  #end: number;

  /** Creates a deadline `ms` milliseconds from now. */
  constructor(ms: number) {
    this.#end = performance.now() + ms;
  }

  /** Returns the remaining time in milliseconds. */
  left(): number {
    return Math.max(0, this.#end - performance.now());
  }

  /** Postpones the deadline by the duration of `action`. */
  async pauseDuring<T>(action: () => Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await action();
    } finally {
      this.#end += performance.now() - start;
    }
  }
}

/** The default time to wait for detached hosts, in milliseconds. */
export const DELIVERY_MS = 10_000;

/** The settings of a command that needs the queue. */
export interface QueueSettings extends QueueSelection, Pick<QueueChoice, "expect"> {
  /** The delivery timeout. */
  readonly execution: Pick<ExecutionChoice, "deliveryTimeoutMs">;
}

/** The context of a command. */
export interface CommandContext {
  /** The queue. */
  readonly queue: Queue;
  /** The terminal for the results. */
  readonly terminal: Terminal;
  /** Aborted when the command must stop early. */
  readonly signal: AbortSignal;
  /** Aborted when the command must exit at once. */
  readonly leaveRequested: AbortSignal;
  /**
   * Makes the first Ctrl-C only call `warn`, until disposed of. A second one soon after stops the
   * command.
   */
  warnFirst(warn: () => void): Disposable;
  /** Returns the rest of the delivery timeout, in milliseconds. */
  timeLeft(): number;
  /** Calls `action` without counting its time, for example while the operator is asked. */
  withoutDeadline<T>(action: () => Promise<T>): Promise<T>;
  /**
   * Resolves a target to hosts, and waits for those that may still attach.
   * @throws {UserError} if the target matches no host
   */
  resolveHosts(target: Target): Promise<readonly string[]>;
}

/** A queue that several commands use one after another. */
export interface SharedQueue {
  /** The queue. */
  readonly queue: Queue;
  /** Runs one command. It alone gets Ctrl-C, and its delivery timeout starts now. */
  runCommand<T>(action: (context: CommandContext) => Promise<T>): Promise<T>;
}

/** Opens the queue of `resources`, and calls `action` with it. */
export async function withQueue<T>(
  needs: QueueSettings,
  resources: CommandResources,
  action: (context: CommandContext) => Promise<T>,
): Promise<T> {
  return await withSharedQueue(needs, resources, ({ runCommand }) => runCommand(action));
}

/**
 * Opens the queue of `resources` for several commands, and calls `action` with it. Afterwards no
 * private file can be read, unless `needs` requires it.
 */
export async function withSharedQueue<T>(
  needs: QueueSettings,
  resources: CommandResources,
  action: (shared: SharedQueue) => Promise<T>,
): Promise<T> {
  using first = new DisposableStack();
  const { stopRequested: signal } = first.use(new StopSignals());
  const expected = await readExpected(needs);
  const queue = await resources.openQueue(needs, signal);
  if (!needs.readsPrivateFilesLater) revokeRootRead();
  const { terminal } = resources;
  return await action({
    queue,
    async runCommand(command) {
      signal.throwIfAborted();
      using stop = new StopSignals();
      first.dispose();
      return await command(contextOf(needs, { queue, terminal, stop, expected }));
    },
  });
}

function contextOf(
  needs: QueueSettings,
  { queue, terminal, stop, expected }: {
    queue: Queue;
    terminal: Terminal;
    stop: StopSignals;
    expected: readonly string[] | undefined;
  },
): CommandContext {
  const deadline = new Deadline(needs.execution.deliveryTimeoutMs ?? DELIVERY_MS);
  const context = {
    queue,
    terminal,
    signal: stop.stopRequested,
    leaveRequested: stop.leaveRequested,
    warnFirst: (warn: () => void) => stop.warnFirst(warn),
    timeLeft: () => deadline.left(),
    withoutDeadline: <T>(action: () => Promise<T>) => deadline.pauseDuring(action),
  };
  return { ...context, resolveHosts: (target) => resolveTarget(target, { ...context, expected }) };
}

interface TargetSearch extends Omit<CommandContext, "resolveHosts"> {
  readonly expected: readonly string[] | undefined;
}

async function resolveTarget(target: Target, search: TargetSearch): Promise<readonly string[]> {
  const { queue, expected, terminal, signal, timeLeft } = search;
  using waiting = showWaiting(() => [...queue.hosts()].length, terminal);
  const { nodes, unknown, idle } = await resolve(queue, target, {
    maxMs: timeLeft(),
    signal,
    ...(expected && { expect: expected }),
  });
  waiting[Symbol.dispose]();
  if (unknown.length > 0) terminal.warning(`${foldNodes(unknown)}: not attached, left out`);
  for (const term of idle) terminal.warning(`${term}: no such attached host`);
  if (nodes.length > 0) return nodes;
  throw noMatchingHostError([...queue.hosts()].map(({ name }) => name));
}

/** Returns the error for a target without hosts, with the attached hosts as hint. */
export function noMatchingHostError(known: readonly string[]): UserError {
  return new UserError("target matches no host", {
    hint: known.length > 0
      ? `attached hosts: ${foldNodes(known)}`
      : "check that nanoexec runs on the hosts and dials this machine",
  });
}

async function readExpected(
  { expect: text }: Pick<QueueSettings, "expect">,
): Promise<readonly string[] | undefined> {
  if (text === undefined) return undefined;
  const set = { kind: "set", option: "--expect", text } as const;
  return await readNodeSet([set], findInstallationPaths().groups);
}

/** The context of a command that uses a hub. */
export interface HubContext {
  /** The hub. */
  readonly queue: RemoteQueue;
  /** The terminal for the results. */
  readonly terminal: Terminal;
  /** Aborted when the command must stop early. */
  readonly signal: AbortSignal;
}

/**
 * Connects to the hub and calls `action`. Afterwards no private file can be read.
 * @throws {UserError} if no hub runs here
 */
export async function withHub<T>(
  resources: CommandResources,
  action: (context: HubContext) => Promise<T>,
): Promise<T> {
  using stop = new StopSignals();
  const { stopRequested: signal } = stop;
  const queue = await resources.requireHub(signal);
  revokeRootRead();
  return await action({ queue, terminal: resources.terminal, signal });
}

/** Does the same as {@linkcode withHub}, but also without a hub. */
export async function withHubIfAny<T>(
  resources: CommandResources,
  action: (context: Omit<HubContext, "queue"> & { readonly queue?: RemoteQueue }) => Promise<T>,
): Promise<T> {
  using stop = new StopSignals();
  const { stopRequested: signal } = stop;
  const queue = await resources.findHub(signal);
  if (queue) revokeRootRead();
  return await action({ terminal: resources.terminal, signal, ...(queue && { queue }) });
}
