/**
 * Builds an agent from its parts. It opens the state folder, restores the unfinished work of an
 * earlier process, and starts dialling.
 * @module
 */
import { messageOf, UserError } from "../base/errors.ts";
import { MAX_HELLO_HELD } from "../envelope/statements/session_statements.ts";
import { generateSecretKey } from "../envelope/keys/secret_key.ts";
import type { Transport } from "../sp/mod.ts";
import { Agent, type AgentEvent, type AgentOptions } from "./agent.ts";
import { AUDIT_GENESIS_HASH, AuditLog } from "./records/audit_log.ts";
import { AuditRecorder } from "./audit_recorder.ts";
import { DirectiveGate } from "./admission/directive_gate.ts";
import { EarlyCancels } from "./admission/early_cancels.ts";
import { Outbox } from "./hub_link/outbox.ts";
import { runCommand } from "./jobs/run_command.ts";
import { detectHostTools, type HostTools } from "./os/host_tools.ts";
import { findInPath } from "./exec/program.ts";
import { Gate } from "./admission/gate.ts";
import { type Journal, openJournal } from "./records/journal.ts";
import type { AgentIdentity } from "./hub_link/hub_sessions.ts";
import { ResultSigner } from "./jobs/result_signer.ts";
import { Runner, type RunnerEvent } from "./jobs/runner.ts";
import { ScriptStore } from "./exec/script.ts";
import { RollbackStore } from "./jobs/rollback_store.ts";
import { Slots } from "./jobs/slots.ts";
import { StateFolder } from "./records/state_folder.ts";
import { resumeDetached } from "./detached/detach.ts";
import { type DetachedJob, DetachedStore } from "./detached/detached_store.ts";
import type { TrustStore } from "./admission/trust_store.ts";

/** Options for opening an agent. */
export interface OpenAgentOptions {
  /** The agent's name. */
  readonly name: string;
  /** The version of the agent, for people. */
  readonly version: string;
  /** The hubs to dial, one at a time. */
  readonly urls: readonly string[];
  /** The available URL schemes. */
  readonly transports: readonly Transport[];
  /** The trusted keys. */
  readonly trust: TrustStore;
  /** Whether unsigned commands may run. */
  readonly insecure: boolean;
  /** The facts about its host that the agent publishes. */
  readonly facts: Readonly<Record<string, string>>;
  /** The state folder; `undefined` keeps the state in memory. */
  readonly state: string | undefined;
  /** How many commands may run at once, if not the default. */
  readonly slots: number | undefined;
  /** Called for every event. Must not throw. */
  readonly onEvent: (event: AgentEvent | RunnerEvent | OpenEvent) => void;
}

/** An event while opening the agent: a tool or right that the host lacks, and its consequence. */
export type OpenEvent = { readonly kind: "missing"; readonly what: string };

/** An agent and its open resources. */
export interface OpenedAgent extends AsyncDisposable {
  /** How many results of an earlier process still wait for an acknowledgement. */
  readonly restored: number;
}

/**
 * Opens an agent, which starts dialling.
 * @throws {UserError} if it cannot work safely
 * @throws {UserError} if its state folder is not reliable
 * @throws {AddressError} if a URL cannot be used
 */
export async function openAgent(options: OpenAgentOptions): Promise<OpenedAgent> {
  const { name, insecure, trust, version, onEvent } = options;
  await using stack = new AsyncDisposableStack();
  const state = await openState(options, stack);
  const host = await detectHostTools();
  host.missing.forEach((what) => onEvent({ kind: "missing", what }));
  const detachedJobs = new Map(state.stores?.detached.unfinished().map((job) => [job.id, job]));
  await state.stores?.scripts.clear(host, new Set(detachedJobs.keys()));
  const parts: AgentParts = { ...state, host, ...makeReporters(state) };
  const { auditRecorder, journal, outbox } = parts;
  const earlyCancels = new EarlyCancels({ journal, trust });
  const runner = makeRunner(options, parts, earlyCancels);
  const gates = makeGates(options, parts, { runner, earlyCancels });
  recordAgentStart(auditRecorder, { name, insecure, trusted: trust.size, version });
  stack.defer(() => auditRecorder.recordStop());
  const restored = restoreUnfinished({
    ...{ journal, outbox, runner, detachedJobs },
    stores: state.stores,
  });
  stack.use(new Agent({ ...options, ...parts, ...gates, runner }));
  const opened = stack.move();
  return { restored, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** What an agent keeps, on disk or in memory. */
interface AgentState {
  readonly identity: AgentIdentity;
  readonly journal: Journal;
  /** These are absent if the agent keeps its state in memory. */
  readonly auditLog: AuditLog | undefined;
  readonly stores: CommandStores | undefined;
}

/** The records of commands that must not be forgotten when the agent ends. */
interface CommandStores {
  readonly detached: DetachedStore;
  readonly scripts: ScriptStore;
  readonly rollbacks: RollbackStore;
}

/** Opens the state; `stack` closes it. */
async function openState(
  { name, version, state, onEvent }: OpenAgentOptions,
  stack: AsyncDisposableStack,
): Promise<AgentState> {
  const folder = state === undefined ? undefined : stack.use(new StateFolder(state));
  const key = await folder?.key(name) ?? generateSecretKey(name);
  const { journal, problems } = openJournal({ path: folder?.journal ?? ":memory:" });
  stack.use(journal);
  problems.forEach((what) => onEvent({ kind: "missing", what }));
  return {
    identity: { name, key, version },
    journal,
    auditLog: folder && stack.use(openAudit(folder.audit)),
    stores: folder && {
      detached: new DetachedStore(folder.detached),
      scripts: new ScriptStore(folder.scripts),
      rollbacks: new RollbackStore(folder.rollbacks),
    },
  };
}

/** The parts that report what happens, to the hub and to the audit log. */
type Reporters = Pick<AgentOptions, "auditRecorder" | "outbox" | "resultSigner">;

/** The parts that the runner and the gates share. */
type AgentParts = AgentState & Reporters & { readonly host: HostTools };

function makeReporters({ identity, auditLog }: AgentState): Reporters {
  return {
    auditRecorder: new AuditRecorder(auditLog),
    outbox: new Outbox(),
    resultSigner: new ResultSigner({
      identity,
      auditHead: () => auditLog?.head ?? AUDIT_GENESIS_HASH,
    }),
  };
}

function makeRunner(
  { name, slots, onEvent }: OpenAgentOptions,
  { host, journal, stores, auditRecorder, outbox, resultSigner }: AgentParts,
  earlyCancels: EarlyCancels,
): Runner {
  return new Runner({
    resultSigner,
    outbox,
    journal,
    rollbackStore: stores?.rollbacks,
    slots: new Slots(slots),
    earlyCancels,
    detached: stores && {
      store: stores.detached,
      resume: (job, { signal }) =>
        resumeDetached(job, { host, store: stores.detached, scripts: stores.scripts, signal }),
    },
    execute: (command, run) =>
      runCommand(command, {
        host,
        hostName: name,
        scripts: stores?.scripts,
        detachSupport: stores && { store: stores.detached },
        ...run,
      }),
    onEvent: (event) => {
      auditRecorder.recordRunnerEvent(event);
      onEvent(event);
    },
  });
}

function makeGates(
  { name, facts, trust, insecure }: OpenAgentOptions,
  { host, journal }: AgentParts,
  { runner, earlyCancels }: { readonly runner: Runner; readonly earlyCancels: EarlyCancels },
): Pick<AgentOptions, "gate" | "directiveGate"> {
  const node = { name, facts: new Map(Object.entries(facts)) };
  return {
    directiveGate: new DirectiveGate({
      ...{ node, trust, journal, earlyCancels },
      jobOf: (id) => runner.jobOf(id),
    }),
    gate: new Gate({
      ...{ node, trust, journal, insecure },
      policy: { ownUser: host.account?.name ?? "", resolve: findInPath },
    }),
  };
}

function openAudit(path: string): AuditLog {
  try {
    return new AuditLog({ path });
  } catch (error) {
    throw auditLogError(error, `move ${path} away to begin a new log`);
  }
}

function recordAgentStart(
  auditRecorder: AuditRecorder,
  how: Readonly<Record<string, unknown>>,
): void {
  try {
    auditRecorder.recordStart(how);
  } catch (error) {
    throw auditLogError(error, "check the disk; without an audit log no command runs");
  }
}

function auditLogError(cause: unknown, hint: string): UserError {
  const reason = messageOf(cause);
  return new UserError(`cannot use the audit log: ${reason}`, { hint, cause });
}

/**
 * Restores the unfinished work of an earlier process: unacknowledged results and interrupted
 * commands.
 */
function restoreUnfinished(context: RestoreContext): number {
  const { journal, outbox, runner, stores, detachedJobs } = context;
  for (const { id, result } of journal.held(MAX_HELLO_HELD)) outbox.restore(id, result);
  const rollbacks = new Map(stores?.rollbacks.unfinished().map((left) => [left.job.id, left]));
  const detached = new Map(detachedJobs);
  for (const request of journal.interrupted()) {
    const { id } = request;
    outbox.expect(id);
    const [rollback, job] = [rollbacks.get(id), detached.get(id)];
    [rollbacks, detached].forEach((left) => left.delete(id));
    if (rollback) runner.resumeRollback(rollback);
    else if (job) runner.resumeDetached(job);
    else runner.finish(request, { kind: "lost", reason: ENDED_BEFORE });
  }
  // The journal has their results.
  rollbacks.forEach((_left, id) => stores?.rollbacks.forget(id));
  for (const [id, job] of detached) {
    if (journal.digestOf(id) !== undefined) stores?.detached.forget(id);
    else resumeUnknownJob(job, context);
  }
  return outbox.held.length;
}

const ENDED_BEFORE = "the agent ended before the command did";

/** Resumes a running command that a new journal does not know. */
function resumeUnknownJob(job: DetachedJob, { outbox, runner }: RestoreContext): void {
  outbox.expect(job.id);
  runner.resumeDetached(job);
}

/** The parts that a restore needs. */
interface RestoreContext {
  readonly journal: Journal;
  readonly outbox: Outbox;
  readonly runner: Runner;
  readonly stores: CommandStores | undefined;
  /** The detached commands of the earlier process, by request id. */
  readonly detachedJobs: ReadonlyMap<string, DetachedJob>;
}
