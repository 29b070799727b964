/**
 * Many agents in one process, each with its own key, journal and connection; only the trust is shared.
 *
 *     deno run … tests/bench/support/fleet_agents.ts URL FIRST COUNT real|pretended KEY-LINE
 *
 * Their names are `nFIRST` and so on. Prints a line whenever all of them are attached, after their
 * start and after each restart of the hub. What is `pretended` to run has exited with 0 at once.
 * @module
 */
import { Agent } from "../../../lib/agent/agent.ts";
import { AUDIT_BEGIN } from "../../../lib/agent/audit_line.ts";
import { AuditTrail } from "../../../lib/agent/audit_trail.ts";
import type { ExecEvent } from "../../../lib/agent/command.ts";
import { Courier } from "../../../lib/agent/courier.ts";
import { DirectiveGate } from "../../../lib/agent/directive_gate.ts";
import { run } from "../../../lib/agent/exec.ts";
import { detectExecHost, type ExecHost } from "../../../lib/agent/exec_host.ts";
import { findInPath } from "../../../lib/agent/find_in_path.ts";
import { Gate } from "../../../lib/agent/gate.ts";
import { Journal } from "../../../lib/agent/journal.ts";
import { OutputStore } from "../../../lib/agent/output_store.ts";
import { ResultSigner } from "../../../lib/agent/result_signer.ts";
import { type Execute, Runner } from "../../../lib/agent/runner.ts";
import { Slots } from "../../../lib/agent/slots.ts";
import { TrustStore } from "../../../lib/agent/trust_store.ts";
import { ownFacts } from "../../../lib/cli/own_facts.ts";
import { generateSecretKey } from "../../../lib/envelope/secret_key.ts";
import { tcp } from "../../../lib/sp/mod.ts";

interface Shared {
  readonly url: string;
  readonly trust: TrustStore;
  readonly host: ExecHost;
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
  let attached = 0;
  const shared: Shared = {
    url,
    trust,
    host: await detectExecHost(),
    facts: await ownFacts(),
    pretended: commands === "pretended",
    greeted: () => {
      if (++attached === Number(count)) console.log("all are attached");
    },
    detached: () => void attached--,
  };
  for (let n = Number(first); n < Number(first) + Number(count); n++) openOne(`n${n}`, shared);
  // The connections keep the process alive.
}

function openOne(name: string, shared: Shared): Agent {
  const { trust, facts, host } = shared;
  const identity = { name, key: generateSecretKey(name), version: "bench" };
  const journal = new Journal({ path: ":memory:" });
  const courier = new Courier();
  const results = new ResultSigner({ identity, auditHead: () => AUDIT_BEGIN });
  const execute: Execute = shared.pretended
    ? exitAtOnce
    : (command, how) => run(command, { host, node: name, ...how });
  const runner = new Runner({ results, courier, journal, slots: new Slots(), execute });
  const node = { name, facts: new Map(Object.entries(facts)) };
  const policy = { ownUser: host.account?.name ?? "", resolve: findInPath };
  return new Agent({
    identity,
    urls: [shared.url],
    transports: [tcp],
    insecure: false,
    facts,
    gate: new Gate({ node, trust, journal, insecure: false, policy }),
    directives: new DirectiveGate({ node, trust, signersOf: (job) => runner.signersOf(job) }),
    journal,
    courier,
    runner,
    results,
    audit: new AuditTrail(undefined),
    onEvent: (event) => {
      if (event.kind === "greeted") shared.greeted();
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
