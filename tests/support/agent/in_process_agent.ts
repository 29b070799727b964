/**
 * Real agents within the test's process: one with a state folder that redials soon, and one without
 * files whose journal and execution the test provides.
 * @module
 */
import { Agent, type AgentEvent } from "../../../lib/agent/agent.ts";
import { AUDIT_GENESIS_HASH } from "../../../lib/agent/records/audit_log.ts";
import { AuditRecorder } from "../../../lib/agent/audit_recorder.ts";
import { Outbox } from "../../../lib/agent/hub_link/outbox.ts";
import { DirectiveGate } from "../../../lib/agent/admission/directive_gate.ts";
import { findInPath } from "../../../lib/agent/exec/program.ts";
import { Gate } from "../../../lib/agent/admission/gate.ts";
import type { Journal } from "../../../lib/agent/records/journal.ts";
import {
  openAgent,
  type OpenAgentOptions,
  type OpenedAgent,
} from "../../../lib/agent/open_agent.ts";
import { ResultSigner } from "../../../lib/agent/jobs/result_signer.ts";
import { type Execute, Runner } from "../../../lib/agent/jobs/runner.ts";
import { Slots } from "../../../lib/agent/jobs/slots.ts";
import { TrustStore } from "../../../lib/agent/admission/trust_store.ts";
import type { Clock } from "../../../lib/base/clock.ts";
import { generateSecretKey } from "../../../lib/envelope/keys/secret_key.ts";
import { tcp } from "../../../lib/sp/mod.ts";

/** Where such an agent belongs. */
export interface InProcessAgentOptions {
  /** The URL that it dials. */
  readonly url: string;
  /** The key that it obeys, as a line of a trust file. */
  readonly trustLine: string;
  /** Its state folder. */
  readonly state: string;
}

/** Opens one. */
export async function openInProcessAgent(
  name: string,
  { url, trustLine, state }: InProcessAgentOptions,
): Promise<OpenedAgent> {
  const trust = new TrustStore({ baked: [trustLine], given: [], files: [], revoked: [] });
  await trust.load();
  const options: OpenAgentOptions & { readonly random: () => number } = {
    ...{ name, version: "0", urls: [url], transports: [tcp], trust, insecure: false },
    ...{ facts: {}, state, slots: undefined, onEvent() {} },
    // Nobody has to wait long for agents to come back.
    random: () => 0.05,
  };
  return await openAgent(options);
}

/** What such an agent is given. */
export interface InMemoryAgentOptions {
  /** The URL that it dials. */
  readonly url: string;
  /** Whom it obeys. */
  readonly trust: TrustStore;
  readonly facts: Readonly<Record<string, string>>;
  /** Where it remembers. */
  readonly journal: Journal;
  /** Runs commands. */
  readonly execute: Execute;
  /** The user that it runs them as. */
  readonly ownUser: string;
  readonly onEvent: (event: AgentEvent) => void;
  /** Where time comes from; the machine's own clock by default. */
  readonly clock?: Clock;
  /** A source of numbers in [0, 1) for the waits between two tries to dial. */
  readonly random?: () => number;
}

/** Opens one; it dials from now on. */
export function openInMemoryAgent(name: string, options: InMemoryAgentOptions): Agent {
  const { url, trust, facts, journal, execute, ownUser, onEvent, clock, random } = options;
  const time = clock && { clock };
  const identity = { name, key: generateSecretKey(name), version: "test" };
  const outbox = new Outbox();
  const resultSigner = new ResultSigner({ identity, auditHead: () => AUDIT_GENESIS_HASH, ...time });
  const slots = new Slots();
  const runner = new Runner({
    resultSigner,
    outbox,
    journal,
    slots,
    execute,
    ...time,
  });
  const node = { name, facts: new Map(Object.entries(facts)) };
  const policy = { ownUser, resolve: findInPath };
  const signersOf = (job: string) => runner.signersOf(job);
  return new Agent({
    ...{ identity, urls: [url], transports: [tcp], insecure: false, facts },
    gate: new Gate({ node, trust, journal, insecure: false, policy, ...time }),
    directiveGate: new DirectiveGate({ node, trust, signersOf, ...time }),
    ...{
      journal,
      outbox,
      runner,
      resultSigner,
      auditRecorder: new AuditRecorder(undefined, clock),
      onEvent,
    },
    ...time,
    ...(random && { random }),
  });
}
