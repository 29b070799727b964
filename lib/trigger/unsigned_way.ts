/**
 * The way to agents that run what nobody has signed, through the queue in this process or through one
 * elsewhere. Imports `hub`, `envelope` and `nodeset`.
 * @module
 */
import { LEGACY_ALL_HOSTS, type LegacyCommand } from "../protocol/legacy_command.ts";
import type { Hub } from "../hub/hub.ts";
import type { Answer } from "../hub/operator/answers.ts";
import type { Ask } from "../hub/operator/asks.ts";
import { parseNodeSet } from "../nodeset/sets/node_set.ts";
import { attendance } from "./attendance.ts";

/** Who is there. */
export interface Attendants {
  /** The hosts that are meant, are attached, and run unsigned commands. */
  readonly willing: readonly string[];
  /** Whether the host that is named is attached. */
  readonly isThere: boolean;
  /** How many agents of the first program are attached. */
  readonly nameless: number;
}

/** How long agents may take to attach. */
export interface Patience {
  /** In milliseconds. */
  readonly maxMs: number;
  /** Ends the waiting when aborted. */
  readonly signal: AbortSignal;
}

/** The way. */
export interface UnsignedWay {
  /**
   * Who is there for `host`, or for everybody if it is `ALL`, after those have had the time to come.
   * @throws {QueueError} if the hub passes on signed commands only
   */
  meet(host: string, patience: Patience): Promise<Attendants>;
  /** Sends a command to the agents of the first program; resolves with their number. */
  publish(command: LegacyCommand): Promise<number>;
}

/** Agents of the first program dial every 100 ms; over a slow link it takes several tries. */
const HOLD_MS = 1_000;

/** The way through the hub of this process. */
export function localUnsignedWay(hub: Hub): UnsignedWay {
  return {
    async meet(host, { maxMs, signal }) {
      if (host === LEGACY_ALL_HOSTS) await attendance(hub, { maxMs, signal });
      else await hold(hub, { host, maxMs, signal });
      const isMeant = (name: string) => host === LEGACY_ALL_HOSTS || name === host;
      const willing = [...hub.roster].filter(({ hello }) => hello.insecure).map(({ name }) => name);
      const isThere = hub.roster.get(host) !== undefined;
      return { willing: willing.filter(isMeant), isThere, nameless: hub.nameless };
    },
    publish: (command) => Promise.resolve(hub.publish(command).sent),
  };
}

async function hold(hub: Hub, { host, ...patience }: Patience & { host: string }): Promise<void> {
  const expect = [host];
  await attendance(hub, { ...patience, expect, maxMs: Math.min(HOLD_MS, patience.maxMs) });
  if (hub.nameless > 0) return;
  await attendance(hub, { ...patience, expect, maxMs: Math.max(0, patience.maxMs - HOLD_MS) });
}

/** Asks a hub and gathers what it answers. */
export type HubList = (asks: readonly Ask[], signal?: AbortSignal) => Promise<readonly Answer[]>;

/** The way through a hub that runs by itself, to which everybody has come who is about to. */
export function remoteUnsignedWay(list: HubList): UnsignedWay {
  return {
    async meet(host, { signal }) {
      const node = host === LEGACY_ALL_HOSTS ? {} : { node: host };
      const answers = await list([{ kind: "willing", ...node }], signal);
      const willing = answers.flatMap((answer) =>
        answer.kind === "nodes" ? [...parseNodeSet(answer.names)] : []
      );
      const isThere = !answers.some(({ kind }) => kind === "absent");
      return { willing, isThere, nameless: countIn(answers) };
    },
    publish: async (command) => countIn(await list([{ kind: "publish", ...command }])),
  };
}

function countIn(answers: readonly Answer[]): number {
  return answers.find((answer) => answer.kind === "nameless")?.count ?? 0;
}
