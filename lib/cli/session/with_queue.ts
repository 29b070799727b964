/**
 * Runs a command with a queue, or with a running hub where it needs one. Gives it the signals that
 * stop it, the time that is left, and the hosts of its target.
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
import { StopSignals } from "../program/stop_signals.ts";
import { revokeRootRead } from "../sandbox/permissions.ts";
import { readNodeSet } from "../targets/read_target.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { OperatorSession, QueueSelection } from "./operator_session.ts";

/** The end of a time, which can be put off. */
export class Deadline {
  #end: number;

  /** Ends `ms` milliseconds from now. */
  constructor(ms: number) {
    this.#end = performance.now() + ms;
  }

  /** How much is left, in milliseconds. */
  left(): number {
    return Math.max(0, this.#end - performance.now());
  }

  /** Puts it off for as long as `action` takes. */
  async pauseDuring<T>(action: () => Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await action();
    } finally {
      this.#end += performance.now() - start;
    }
  }
}

/** How long hosts that are not there are waited for unless `-t` says otherwise, in milliseconds. */
export const DELIVERY_MS = 10_000;

/** What a command must know to reach the queue. */
export interface QueueSettings extends QueueSelection, Pick<QueueChoice, "expect"> {
  /** How long hosts are waited for. */
  readonly execution: Pick<ExecutionChoice, "deliveryTimeoutMs">;
}

/** Where a command is carried out. */
export interface CommandContext {
  /** The queue. */
  readonly queue: Queue;
  /** Where results are shown. */
  readonly terminal: Terminal;
  /** Aborted when the command is to end early. */
  readonly signal: AbortSignal;
  /** Aborted when the command is to end at once. */
  readonly leaveRequested: AbortSignal;
  /** The first Ctrl-C only calls `warn` until the result is disposed of; another one soon ends it. */
  warnFirst(warn: () => void): Disposable;
  /** How much is left of the time in which hosts can be reached, in milliseconds. */
  timeLeft(): number;
  /** Does something whose time does not count, such as to wait for a person's answer. */
  withoutDeadline<T>(action: () => Promise<T>): Promise<T>;
  /**
   * Resolves a target to hosts, and waits for those that may still attach.
   * @throws {UserError} if the target matches no host
   */
  resolveHosts(target: Target): Promise<readonly string[]>;
}

/** A queue that is kept for several commands, one after another. */
export interface SharedQueue {
  /** The queue. */
  readonly queue: Queue;
  /** Does one of them: from now on Ctrl-C is about it alone, and the time counts for it. */
  runCommand<T>(action: (place: CommandContext) => Promise<T>): Promise<T>;
}

/** Opens the queue of `session`, and does `action` with it. */
export async function withQueue<T>(
  needs: QueueSettings,
  session: OperatorSession,
  action: (place: CommandContext) => Promise<T>,
): Promise<T> {
  return await withSharedQueue(needs, session, ({ runCommand }) => runCommand(action));
}

/**
 * Opens the queue of `session` for several commands, and does `action` with it. Unless `needs` says
 * otherwise, no private file can be read from then on.
 */
export async function withSharedQueue<T>(
  needs: QueueSettings,
  session: OperatorSession,
  action: (kept: SharedQueue) => Promise<T>,
): Promise<T> {
  using first = new DisposableStack();
  const { stopRequested: signal } = first.use(new StopSignals());
  const expected = await readExpected(needs);
  const queue = await session.openQueue(needs, signal);
  if (!needs.readsPrivateFilesLater) revokeRootRead();
  const { terminal } = session;
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
  const place = {
    queue,
    terminal,
    signal: stop.stopRequested,
    leaveRequested: stop.leaveRequested,
    warnFirst: (warn: () => void) => stop.warnFirst(warn),
    timeLeft: () => deadline.left(),
    withoutDeadline: <T>(action: () => Promise<T>) => deadline.pauseDuring(action),
  };
  return { ...place, resolveHosts: (target) => resolveTarget(target, { ...place, expected }) };
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
  for (const term of idle) terminal.warning(`${term}: no attached host is called so`);
  if (nodes.length > 0) return nodes;
  throw noMatchingHostError([...queue.hosts()].map(({ name }) => name));
}

/** Why nothing can be done, and which hosts there are. */
export function noMatchingHostError(known: readonly string[]): UserError {
  return new UserError("no host is meant", {
    hint: known.length > 0
      ? `attached are ${foldNodes(known)}`
      : "the set is empty, or no agent has attached: do they run, and dial this machine?",
  });
}

async function readExpected(
  { expect: text }: Pick<QueueSettings, "expect">,
): Promise<readonly string[] | undefined> {
  if (text === undefined) return undefined;
  const set = { kind: "set", option: "--expect", text } as const;
  return await readNodeSet([set], findInstallationPaths().groups);
}

/** Where such a command is carried out. */
export interface HubContext {
  /** The hub. */
  readonly queue: RemoteQueue;
  /** Where results are shown. */
  readonly terminal: Terminal;
  /** Aborted when the command is to end early. */
  readonly signal: AbortSignal;
}

/**
 * Connects to the hub and does `action`. No private file can be read from then on.
 * @throws {UserError} if no hub runs here
 */
export async function withHub<T>(
  session: OperatorSession,
  action: (place: HubContext) => Promise<T>,
): Promise<T> {
  using stop = new StopSignals();
  const { stopRequested: signal } = stop;
  const queue = await session.requireHub(signal);
  revokeRootRead();
  return await action({ queue, terminal: session.terminal, signal });
}

/** As {@linkcode withHub}, where perhaps no hub runs. */
export async function withHubIfAny<T>(
  session: OperatorSession,
  action: (place: Omit<HubContext, "queue"> & { readonly queue?: RemoteQueue }) => Promise<T>,
): Promise<T> {
  using stop = new StopSignals();
  const { stopRequested: signal } = stop;
  const queue = await session.findHub(signal);
  if (queue) revokeRootRead();
  return await action({ terminal: session.terminal, signal, ...(queue && { queue }) });
}
