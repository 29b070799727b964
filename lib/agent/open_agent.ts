/**
 * Puts an agent together from its parts. Imports `sp` and `envelope`.
 * @module
 */
import { generateSecretKey } from "../envelope/secret_key.ts";
import type { Transport } from "../sp/mod.ts";
import { Agent, type AgentEvent } from "./agent.ts";
import { AUDIT_BEGIN, AuditLog } from "./audit.ts";
import { AuditTrail } from "./audit_trail.ts";
import { Courier } from "./courier.ts";
import { run } from "./exec.ts";
import { detectExecHost } from "./exec_host.ts";
import { findInPath } from "./find_in_path.ts";
import { Gate } from "./gate.ts";
import { Journal } from "./journal.ts";
import type { AgentIdentity } from "./link.ts";
import { Runner, type RunnerEvent } from "./runner.ts";
import { Slots } from "./slots.ts";
import { StateFolder } from "./state_folder.ts";
import type { TrustStore } from "./trust_store.ts";

/** What to open. */
export interface OpenAgentOptions {
  readonly name: string;
  readonly version: string;
  readonly urls: readonly string[];
  readonly transports: readonly Transport[];
  readonly trust: TrustStore;
  readonly insecure: boolean;
  readonly facts: Readonly<Record<string, string>>;
  /** The folder to keep state in; `undefined` keeps it in memory. */
  readonly state: string | undefined;
  readonly slots: number | undefined;
  readonly onEvent: (event: AgentEvent | RunnerEvent | OpenEvent) => void;
}

/** Something that was found out while opening. */
export type OpenEvent = /** Something that the host lacks, and what follows from it. */
  { readonly kind: "lacks"; readonly what: string };

/** An agent and what it holds open. */
export interface OpenedAgent extends AsyncDisposable {
  /** How many results of an earlier process still wait for a hub. */
  readonly restored: number;
}

/**
 * Opens an agent: it dials from now on.
 * @throws {AgentError} if it cannot work safely
 * @throws {AddressError} if a URL cannot be used
 */
export async function openAgent(options: OpenAgentOptions): Promise<OpenedAgent> {
  const { name, insecure, trust, onEvent } = options;
  await using stack = new AsyncDisposableStack();
  const folder = options.state === undefined
    ? undefined
    : stack.use(new StateFolder(options.state));
  const key = await folder?.key(name) ?? generateSecretKey(name);
  const identity: AgentIdentity = { name, key, version: options.version };
  const journal = stack.use(new Journal({ path: folder?.journal ?? ":memory:" }));
  const log = folder && stack.use(new AuditLog({ path: folder.audit }));
  const audit = new AuditTrail(log);
  const host = await detectExecHost();
  host.lacks.forEach((what) => onEvent({ kind: "lacks", what }));
  const courier = new Courier();
  const runner = new Runner({
    identity,
    courier,
    journal,
    slots: new Slots(options.slots),
    auditHead: () => log?.head ?? AUDIT_BEGIN,
    execute: (command, run_) => run(command, { host, node: name, ...run_ }),
    onEvent: (event) => {
      record(audit, event);
      onEvent(event);
    },
  });
  const gate = new Gate({
    node: { name, facts: new Map(Object.entries(options.facts)) },
    trust,
    journal,
    insecure,
    policy: { ownUser: host.account?.name ?? "", resolve: findInPath },
  });
  const restored = restore(journal, courier, runner);
  audit.started({ name, insecure, trusted: trust.size, version: options.version });
  stack.use(new Agent({ ...options, identity, gate, journal, courier, runner, audit }));
  const opened = stack.move();
  return { restored, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** By now the command runs or has run: a log that cannot be written must not end the agent. */
function record(audit: AuditTrail, event: RunnerEvent): void {
  try {
    audit.ran(event);
  } catch {
    // The next request is refused for it.
  }
}

/** Takes up what an earlier process has left: results to bring, and runs that nobody saw end. */
function restore(journal: Journal, courier: Courier, runner: Runner): number {
  for (const { id, result } of journal.held()) courier.restore(id, result);
  const interrupted = journal.interrupted();
  for (const request of interrupted) {
    courier.expect(request.id);
    runner.answer(request, { kind: "lost", reason: "the agent ended while the command ran" });
  }
  return courier.held.length;
}
