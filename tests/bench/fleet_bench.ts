/**
 * A hub, the real program, with very many agents: how fast it asks all of them, how much memory it
 * takes, and how soon they are back when it was killed.
 *
 *     deno run --allow-all tests/bench/fleet_bench.ts [100] [1000] [10000]
 *
 * The agents run the code of `nanoexec`, thousands to a process, on the same two cores as the hub, so
 * what they do counts, too; 10,000 of them only pretend to run commands.
 * @module
 */
import assert from "node:assert/strict";
import { ipc, openRemoteQueue } from "../../lib/trigger/mod.ts";
import { ping } from "../../lib/trigger/queue/ping.ts";
import { median, printFigure, timed } from "./support/measurement.ts";
import { Fleet } from "./support/fleet.ts";
import { figuresOf } from "./support/process_figures.ts";

const ROUNDS = 7;

/** What is measured with so many agents, and the most that each figure should be. */
interface Size {
  readonly agents: number;
  readonly real: boolean;
  /** A command on all of them, everything printed, in milliseconds. */
  readonly runMs: number;
  readonly pingMs?: number;
  readonly hubMiB?: number;
  readonly restartMs?: number;
}

const SIZES: readonly Size[] = [
  { agents: 100, real: true, runMs: 300 },
  { agents: 1_000, real: true, runMs: 2_000, pingMs: 150, hubMiB: 120 },
  { agents: 10_000, real: false, runMs: 20_000, pingMs: 1_000, hubMiB: 200, restartMs: 60_000 },
];

async function main(args: readonly string[]): Promise<void> {
  const wanted = args.length > 0 ? args.map(Number) : SIZES.map(({ agents }) => agents);
  console.log(`load ${Deno.loadavg()[0]?.toFixed(1)}, ${navigator.hardwareConcurrency} cores`);
  for (const size of SIZES) if (wanted.includes(size.agents)) await measure(size);
}

async function measure(size: Size): Promise<void> {
  const { agents } = size;
  await using fleet = await Fleet.open(size);
  if (size.hubMiB !== undefined) printMemory(size, "attached", fleet.hub);
  if (size.pingMs !== undefined) {
    const measured = await timeOfPing(fleet, agents);
    const what = `${agents} agents: signed ping of all`;
    printFigure({ what, target: size.pingMs, measured, unit: "ms" });
  }
  await run(fleet, size);
  if (size.hubMiB !== undefined) printMemory(size, "after commands", fleet.hub);
  if (size.restartMs !== undefined) await restart(fleet, size);
  assert.equal(fleet.complaints, "");
}

function printMemory({ agents, hubMiB = 0 }: Size, when: string, hub: number): void {
  const measured = figuresOf(hub).rss;
  printFigure({
    what: `${agents} agents: hub RSS, ${when}`,
    target: hubMiB,
    measured,
    unit: "MiB",
  });
}

async function run(fleet: Fleet, { agents, real, runMs }: Size): Promise<void> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    times.push(await timed(() => fleet.trigger("run", "-a", "-b", "--", "true")));
  }
  const how = real ? "real processes" : "pretended";
  const what = `${agents} agents: run -a -b -- true (${how}), whole process`;
  printFigure({ what, target: runMs, measured: median(times), unit: "ms" });
}

async function restart(fleet: Fleet, { agents, restartMs = 0 }: Size): Promise<void> {
  const measured = await timed(async () => {
    await fleet.restartHub();
    await fleet.attached(2);
  });
  const what = `${agents} agents: all are back after kill -9 of the hub`;
  printFigure({ what, target: restartMs, measured, unit: "ms" });
}

/** The median of several pings of all agents over the control socket, as `nanotrigger ping` does it. */
async function timeOfPing(fleet: Fleet, agents: number): Promise<number> {
  await using queue = await openRemoteQueue({
    ...{ url: fleet.control, transports: [ipc], version: "bench", pins: new Map() },
    key: () => Promise.reject(new Error("no login is wanted")),
  });
  await queue.waitForAgents({});
  const nodes = [...queue.hosts()].map(({ name }) => name);
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    times.push(
      await timed(async () => {
        const { alive } = await ping(queue, { nodes, timeoutMs: 10_000 });
        assert.equal(alive.length, agents);
      }),
    );
  }
  return median(times);
}

if (import.meta.main) await main(Deno.args);
