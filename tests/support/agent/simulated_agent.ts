/**
 * Opens agents within the test's process. {@linkcode openSimulatedAgent} has no files: the test
 * provides its journal, its clock and its execution of commands. {@linkcode openRealAgent} opens an
 * agent as nanoexec does, and executes real commands.
 * @module
 */
import { Agent, type AgentEvent } from "../../../lib/agent/agent.ts";
import { AUDIT_GENESIS_HASH, type AuditLog } from "../../../lib/agent/records/audit_log.ts";
import { AuditRecorder } from "../../../lib/agent/audit_recorder.ts";
import { Outbox } from "../../../lib/agent/hub_link/outbox.ts";
import { DirectiveGate } from "../../../lib/agent/admission/directive_gate.ts";
import { EarlyCancels } from "../../../lib/agent/admission/early_cancels.ts";
import { findInPath } from "../../../lib/agent/exec/program.ts";
import { Gate, type GateOptions } from "../../../lib/agent/admission/gate.ts";
import type { Journal } from "../../../lib/agent/records/journal.ts";
import {
  openAgent,
  type OpenAgentOptions,
  type OpenedAgent,
} from "../../../lib/agent/open_agent.ts";
import { ResultSigner } from "../../../lib/agent/jobs/result_signer.ts";
import { type Execute, Runner, type RunnerEvent } from "../../../lib/agent/jobs/runner.ts";
import { Slots } from "../../../lib/agent/jobs/slots.ts";
import { TrustStore } from "../../../lib/agent/admission/trust_store.ts";
import type { Clock } from "../../../lib/base/clock.ts";
import { generateSecretKey, type SecretKey } from "../../../lib/envelope/keys/secret_key.ts";
import { tcp, type Transport } from "../../../lib/sp/mod.ts";

/** Options of both kinds of agents. */
interface AgentOptions {
  /** The URL of the hub. */
  readonly url: string;
  /** TCP by default. */
  readonly transport?: Transport;
  /** The trusted keys, also as lines of a trust file. */
  readonly trust: TrustStore | readonly string[];
  readonly facts?: Readonly<Record<string, string>>;
  readonly insecure?: boolean;
  /** Returns random numbers in [0, 1) for the redial intervals. */
  readonly random?: () => number;
}

/** Options of an agent without files. */
export interface SimulatedAgentOptions extends AgentOptions {
  readonly journal: Journal;
  /** Runs commands. */
  readonly execute: Execute;
  readonly key?: SecretKey;
  readonly slots?: number;
  /** No audit log by default. */
  readonly audit?: AuditLog | undefined;
  /** Overrides the policy context; by default programs are found in the PATH and run as root. */
  readonly policy?: Partial<GateOptions["policy"]>;
  readonly maxLifeMs?: number | undefined;
  /** The source of time; the system clock by default. */
  readonly clock?: Clock;
  readonly onEvent?: (event: AgentEvent | RunnerEvent) => void;
}

/** A running agent and its parts. */
export interface SimulatedAgent extends AsyncDisposable {
  readonly runner: Runner;
  readonly outbox: Outbox;
}

/** Opens an agent without files, which starts dialling. */
export async function openSimulatedAgent(
  name: string,
  options: SimulatedAgentOptions,
): Promise<SimulatedAgent> {
  const { url, journal, insecure = false, facts = {}, transport = tcp, audit, maxLifeMs } = options;
  const { clock, random, onEvent = () => {} } = options;
  const [time, trust, outbox] = [clock && { clock }, await loadTrust(options.trust), new Outbox()];
  const identity = { name, key: options.key ?? generateSecretKey(name), version: "test" };
  const auditHead = () => audit?.head ?? AUDIT_GENESIS_HASH;
  const resultSigner = new ResultSigner({ identity, auditHead, ...time });
  const auditRecorder = new AuditRecorder(audit, clock);
  const earlyCancels = new EarlyCancels({ journal, trust, ...time });
  const runner = new Runner({
    ...{ resultSigner, outbox, journal, slots: new Slots(options.slots), earlyCancels, ...time },
    execute: options.execute,
    onEvent: (event) => {
      auditRecorder.recordRunnerEvent(event);
      onEvent(event);
    },
  });
  const node = { name, facts: new Map(Object.entries(facts)) };
  const policy = { ownUser: "root", resolve: findInPath, ...options.policy };
  const jobOf = (id: string) => runner.jobOf(id);
  const life = maxLifeMs !== undefined && { maxLifeMs };
  const agent = new Agent({
    ...{ identity, urls: [url], transports: [transport], insecure, facts },
    gate: new Gate({ node, trust, journal, insecure, policy, ...time, ...life }),
    directiveGate: new DirectiveGate({ node, trust, journal, earlyCancels, jobOf, ...time }),
    ...{ journal, outbox, runner, resultSigner, auditRecorder, onEvent },
    ...(random && { random }),
  });
  return { runner, outbox, [Symbol.asyncDispose]: () => agent[Symbol.asyncDispose]() };
}

/** Options of an agent that executes real commands. */
export interface RealAgentOptions extends AgentOptions {
  /** Its state folder; in memory by default. */
  readonly state?: string | undefined;
  readonly slots?: number | undefined;
  readonly onEvent?: OpenAgentOptions["onEvent"];
}

/** Opens an agent as nanoexec does, which starts dialling. */
export async function openRealAgent(name: string, options: RealAgentOptions): Promise<OpenedAgent> {
  const { url, transport = tcp, insecure = false, facts = {}, state, slots, random } = options;
  return await openAgent({
    ...{ name, version: "test", urls: [url], transports: [transport] },
    ...{ trust: await loadTrust(options.trust), insecure, facts, state, slots },
    onEvent: options.onEvent ?? (() => {}),
    ...(random && { random }),
  });
}

async function loadTrust(trust: TrustStore | readonly string[]): Promise<TrustStore> {
  if (trust instanceof TrustStore) return trust;
  const store = new TrustStore({ baked: [trust.join("\n")], given: [], files: [], revoked: [] });
  await store.load();
  return store;
}
