/**
 * Being the queue for the duration of one command.
 * @module
 */
import { systemClock } from "../../base/clock.ts";
import { type Hub, openHub } from "../../hub/hub.ts";
import { foldNodes } from "../../nodeset/node_set.ts";
import type { Target } from "../../nodeset/target.ts";
import { ipc, tcp } from "../../sp/mod.ts";
import { resolve } from "../../trigger/resolve.ts";
import { UserError } from "../errors.ts";
import { HubReport } from "../hub_report.ts";
import { giveUpRoot } from "../give_up.ts";
import { openKnownAgents } from "../known_agents.ts";
import { Log } from "../log.ts";
import { DEFAULT_LISTEN_URL } from "../options/queue_options.ts";
import type { RunOptions } from "../options/run.ts";
import { findPlaces } from "../places.ts";
import { StopSignals } from "../stop_signals.ts";
import { readNodeSet } from "../target.ts";
import type { Terminal } from "../terminal.ts";
import { VERSION } from "../version.ts";

/** How long hosts that are not there are waited for unless `-t` says otherwise, in milliseconds. */
export const DELIVERY_MS = 10_000;

/** What a command must know to be the queue. */
export interface HubNeeds
  extends Pick<RunOptions, "listen" | "expect" | "insecure" | "verbosity" | "logFormat"> {
  /** How long hosts are waited for. */
  readonly execution: Pick<RunOptions["execution"], "deliveryTimeoutMs">;
}

/** Where a command is carried out. */
export interface HubPlace {
  /** The queue. */
  readonly hub: Hub;
  /** Where results are shown. */
  readonly terminal: Terminal;
  /** Aborted when the command is to end early. */
  readonly signal: AbortSignal;
  /** Aborted when it is to end at once. */
  readonly again: AbortSignal;
  /** The first Ctrl-C only calls `warn` until the result is disposed of; another one soon ends it. */
  warnFirst(warn: () => void): Disposable;
  /** How much is left of the time in which hosts can be reached, in milliseconds. */
  timeLeft(): number;
  /** Does something whose time does not count, such as to wait for a person's answer. */
  untimed<T>(action: () => Promise<T>): Promise<T>;
  /**
   * Finds the hosts that a target means, waiting for those that could be.
   * @throws {UserError} if there are none
   */
  meant(target: Target): Promise<readonly string[]>;
}

/** Opens a hub, does `action` with it, and closes it. */
export async function withHub<T>(
  needs: HubNeeds,
  terminal: Terminal,
  action: (place: HubPlace) => Promise<T>,
): Promise<T> {
  using log = new Log({
    program: "nanotrigger",
    terminal,
    format: needs.logFormat,
    verbosity: needs.verbosity,
    clock: systemClock,
  });
  using stop = new StopSignals();
  const pins = await openKnownAgents(findPlaces().knownAgents);
  const expected = needs.expect === undefined ? undefined : await readExpected(needs.expect);
  giveUpRoot();
  await using hub = await openHub({
    listen: needs.listen.length > 0 ? needs.listen : [DEFAULT_LISTEN_URL],
    transports: [tcp, ipc],
    version: VERSION,
    insecure: needs.insecure,
    pins,
    onEvent: new HubReport(log).onEvent,
  });
  const deadline = new Deadline(needs.execution.deliveryTimeoutMs ?? DELIVERY_MS);
  const place = {
    hub,
    terminal,
    signal: stop.signal,
    again: stop.again,
    warnFirst: (warn: () => void) => stop.warnFirst(warn),
    timeLeft: () => deadline.left(),
    untimed: <T>(action: () => Promise<T>) => deadline.without(action),
  };
  return await action({ ...place, meant: (target) => findMeant(target, { ...place, expected }) });
}

/** The end of a time, which can be put off. */
class Deadline {
  #end: number;

  constructor(ms: number) {
    this.#end = performance.now() + ms;
  }

  /** How much is left, in milliseconds. */
  left(): number {
    return Math.max(0, this.#end - performance.now());
  }

  /** Puts it off for as long as `action` takes. */
  async without<T>(action: () => Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await action();
    } finally {
      this.#end += performance.now() - start;
    }
  }
}

interface Search extends Omit<HubPlace, "meant"> {
  readonly expected: readonly string[] | undefined;
}

async function findMeant(target: Target, search: Search): Promise<readonly string[]> {
  const { hub, expected, terminal, signal, timeLeft } = search;
  const { nodes, unknown, idle } = await resolve(hub, target, {
    maxMs: timeLeft(),
    signal,
    ...(expected && { expect: expected }),
  });
  if (unknown.length > 0) terminal.warning(`${foldNodes(unknown)}: not attached, left out`);
  for (const term of idle) terminal.warning(`${term}: no attached host is called so`);
  if (nodes.length > 0) return nodes;
  if (hub.roster.size > 0) {
    const attached = foldNodes([...hub.roster].map((session) => session.name));
    throw new UserError("no host is meant", { hint: `attached are ${attached}` });
  }
  throw new UserError("no host is meant", {
    hint: "the set is empty, or no agent has attached: do they run, and dial this machine?",
  });
}

async function readExpected(text: string): Promise<readonly string[]> {
  const set = { kind: "set", option: "--expect", text } as const;
  return await readNodeSet([set], findPlaces().groups);
}
