/**
 * Many agents in one process, each with its own key, journal and connection; only the trust is shared.
 *
 *     deno run … tests/bench/support/fleet_agents.ts URL FIRST COUNT real|pretended KEY-LINE
 *
 * Their names are `nFIRST` and so on. Prints a line whenever all of them are attached, after their
 * start and after each restart of the hub. What is `pretended` to run has exited with 0 at once.
 * @module
 */
import type { ExecEvent } from "../../../lib/agent/exec/command.ts";
import { runCommand } from "../../../lib/agent/jobs/run_command.ts";
import { disableCoreDumps } from "../../../lib/agent/os/rlimits.ts";
import { detectHostTools, type HostTools } from "../../../lib/agent/os/host_tools.ts";
import { Journal } from "../../../lib/agent/records/journal.ts";
import { OutputStore } from "../../../lib/agent/exec/output_store.ts";
import type { Execute } from "../../../lib/agent/jobs/runner.ts";
import { TrustStore } from "../../../lib/agent/admission/trust_store.ts";
import { systemFacts } from "../../../lib/cli/facts/host_facts.ts";
import { openSimulatedAgent, type SimulatedAgent } from "../../support/agent/simulated_agent.ts";

interface Shared {
  readonly url: string;
  readonly trust: TrustStore;
  readonly host: HostTools;
  readonly facts: Readonly<Record<string, string>>;
  readonly pretended: boolean;
  readonly greeted: () => void;
  readonly detached: () => void;
}

if (import.meta.main) await main(Deno.args);

async function main(args: readonly string[]): Promise<void> {
  const [url = "", first = "0", count = "1", commands = "pretended", key = ""] = args;
  const trust = new TrustStore({ baked: [key], given: [], files: [], revoked: [] });
  await trust.load();
  await disableCoreDumps();
  let attached = 0;
  const shared: Shared = {
    url,
    trust,
    host: await detectHostTools(),
    facts: await systemFacts(),
    pretended: commands === "pretended",
    greeted: () => {
      if (++attached === Number(count)) console.log("all are attached");
    },
    detached: () => void attached--,
  };
  for (let n = Number(first); n < Number(first) + Number(count); n++) {
    await openOne(`n${n}`, shared);
  }
  // The connections keep the process alive.
}

function openOne(name: string, shared: Shared): Promise<SimulatedAgent> {
  const { host } = shared;
  const execute: Execute = shared.pretended
    ? exitAtOnce
    : (command, how) => runCommand(command, { host, hostName: name, ...how });
  return openSimulatedAgent(name, {
    ...shared,
    journal: new Journal({ path: ":memory:" }),
    execute,
    policy: { ownUser: host.account?.name ?? "" },
    onEvent: (event) => {
      if (event.kind === "attached") shared.greeted();
      if (event.kind === "wire" && event.event.kind === "detached") shared.detached();
    },
  });
}

async function* exitAtOnce(): AsyncGenerator<ExecEvent> {
  yield { kind: "started", pid: 1 };
  const [now, nothing] = [Date.now(), new OutputStore(0).report(true)];
  const report = { startMs: now, endMs: now, durationMs: 0, stdout: nothing, stderr: nothing };
  yield { kind: "exited", code: 0, report };
}
