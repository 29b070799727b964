/**
 * `nanotrigger ping`: requests a signed answer from hosts, and prints round-trip time and clock
 * offset.
 * @module
 */
import { ping, type PingReport } from "../../trigger/queue/ping.ts";
import { EXIT_INTERRUPTED, EXIT_LOST, EXIT_OK } from "../process/exit_code.ts";
import { pickRandomSubset } from "../targets/random_subset.ts";
import type { PingOptions } from "./ping_options.ts";
import { CommandResources, groupSourcesWithJobs } from "../session/command_resources.ts";
import { pingJson, pingLines } from "../render/ping_report.ts";
import { safeJson } from "../terminal/escape.ts";
import { readTarget } from "../targets/read_target.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { withQueue } from "../session/with_queue.ts";

/** Pings hosts and prints the report; resolves with the exit status. */
export async function pingHosts(options: PingOptions, terminal: Terminal): Promise<number> {
  const { timeoutMs } = options;
  await using resources = new CommandResources(options, terminal);
  const target = await readTarget(options.target, groupSourcesWithJobs(resources));
  const needs = { ...options, insecure: false, execution: { deliveryTimeoutMs: timeoutMs } };
  return await withQueue(needs, resources, async ({ queue, resolveHosts, signal, timeLeft }) => {
    const all = { nodes: await resolveHosts(target), target };
    const { nodes } = pickRandomSubset(all, options.target.limit, terminal);
    // With a queue in this process, named hosts need time to attach.
    if (!queue.lasting) await queue.waitForAgents({ expect: nodes, maxMs: timeLeft(), signal });
    const report = await ping(queue, { nodes, timeoutMs, signal });
    if (options.json) await terminal.print(safeJson(pingJson(report), 2));
    else for (const line of pingLines(report)) await terminal.print(line);
    return signal.aborted ? EXIT_INTERRUPTED : statusOf(report);
  });
}

function statusOf({ away, silent, unproven }: PingReport): number {
  return away.length + silent.length + unproven.size > 0 ? EXIT_LOST : EXIT_OK;
}
