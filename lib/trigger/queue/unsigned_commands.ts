/**
 * Unsigned commands for agents that were started with `--insecure` and for agents of the first
 * program, through the local hub or one that runs by itself.
 * @module
 */
import { LEGACY_ALL_HOSTS, type LegacyCommand } from "../../protocol/legacy_command.ts";
import type { Dispatcher } from "../../hub/jobs/dispatcher.ts";
import type { HubReply } from "../../protocol/operator/replies.ts";
import type { OperatorCall } from "../../protocol/operator/calls.ts";
import { parseNodeSet } from "../../nodeset/sets/node_set.ts";
import { waitForAgents } from "./wait_for_agents.ts";

/** Who is there. */
export interface UnsignedHosts {
  /** The hosts that are meant, are attached, and run unsigned commands. */
  readonly nodes: readonly string[];
  /** Whether the host that is named is attached. */
  readonly isAttached: boolean;
  /** How many agents of the first program are attached. */
  readonly legacyAgents: number;
}

/** How long agents may take to attach. */
export interface UnsignedWait {
  /** In milliseconds. */
  readonly maxMs: number;
  /** Ends the waiting when aborted. */
  readonly signal: AbortSignal;
}

/** The way. */
export interface UnsignedCommands {
  /**
   * Who is there for `host`, or for everybody if it is `ALL`, after those have had the time to come.
   * @throws {UserError} if the hub passes on signed commands only
   */
  meet(host: string, patience: UnsignedWait): Promise<UnsignedHosts>;
  /** Sends a command to the agents of the first program; resolves with their number. */
  publish(command: LegacyCommand): Promise<number>;
}

/** Agents of the first program dial every 100 ms; over a slow link it takes several tries. */
const LEGACY_DIAL_MS = 1_000;

/** The way through the hub of this process. */
export function localUnsignedCommands(hub: Dispatcher): UnsignedCommands {
  return {
    async meet(host, { maxMs, signal }) {
      if (host === LEGACY_ALL_HOSTS) await waitForAgents(hub, { maxMs, signal });
      else await waitForHost(hub, { host, maxMs, signal });
      const isMeant = (name: string) => host === LEGACY_ALL_HOSTS || name === host;
      const willing = [...hub.roster].filter(({ hello }) => hello.insecure).map(({ name }) => name);
      const isThere = hub.roster.get(host) !== undefined;
      return {
        nodes: willing.filter(isMeant),
        isAttached: isThere,
        legacyAgents: hub.legacyAgents,
      };
    },
    publish: (command) => Promise.resolve(hub.publish(command).sent),
  };
}

async function waitForHost(
  hub: Dispatcher,
  { host, ...patience }: UnsignedWait & { host: string },
): Promise<void> {
  const expect = [host];
  await waitForAgents(hub, {
    ...patience,
    expect,
    maxMs: Math.min(LEGACY_DIAL_MS, patience.maxMs),
  });
  if (hub.legacyAgents > 0) return;
  await waitForAgents(hub, {
    ...patience,
    expect,
    maxMs: Math.max(0, patience.maxMs - LEGACY_DIAL_MS),
  });
}

/** Asks a hub and gathers what it answers. */
export type ListReplies = (
  asks: readonly OperatorCall[],
  signal?: AbortSignal,
) => Promise<readonly HubReply[]>;

/** The way through a hub that runs by itself, to which everybody has come who is about to. */
export function remoteUnsignedCommands(list: ListReplies): UnsignedCommands {
  return {
    async meet(host, { signal }) {
      const node = host === LEGACY_ALL_HOSTS ? {} : { node: host };
      const answers = await list([{ kind: "willing", ...node }], signal);
      const willing = answers.flatMap((answer) =>
        answer.kind === "nodes" ? [...parseNodeSet(answer.names)] : []
      );
      const isThere = !answers.some(({ kind }) => kind === "absent");
      return { nodes: willing, isAttached: isThere, legacyAgents: countIn(answers) };
    },
    publish: async (command) => countIn(await list([{ kind: "publish", ...command }])),
  };
}

function countIn(answers: readonly HubReply[]): number {
  return answers.find((answer) => answer.kind === "nameless")?.count ?? 0;
}
