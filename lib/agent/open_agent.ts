/**
 * Puts an agent together from its parts. Imports `sp` and `envelope`.
 * @module
 */
import { MAX_HELLO_HELD } from "../envelope/statements/session_statements.ts";
import { generateSecretKey } from "../envelope/keys/secret_key.ts";
import type { Transport } from "../sp/mod.ts";
import { Agent, type AgentEvent } from "./agent.ts";
import { AuditLog } from "./audit.ts";
import { AUDIT_BEGIN } from "./audit_line.ts";
import { AuditTrail } from "./audit_trail.ts";
import { DirectiveGate } from "./directive_gate.ts";
import { Courier } from "./courier.ts";
import { run } from "./exec.ts";
import { detectExecHost } from "./exec_host.ts";
import { findInPath } from "./find_in_path.ts";
import { Gate } from "./gate.ts";
import { AgentError } from "./errors.ts";
import type { Journal } from "./journal.ts";
import type { AgentIdentity } from "./link.ts";
import { openJournal } from "./open_journal.ts";
import { ResultSigner } from "./result_signer.ts";
import { Runner, type RunnerEvent } from "./runner.ts";
import { ScriptNotesFolder } from "./script_notes.ts";
import { UndoNotes } from "./undo_notes.ts";
import { Slots } from "./slots.ts";
import { StateFolder } from "./state_folder.ts";
import { resumeSurviving } from "./survive.ts";
import { type SurvivingJob, Survivors } from "./survivors.ts";
import type { TrustStore } from "./trust_store.ts";

/** What to open. */
export interface OpenAgentOptions {
  /** The name that the agent goes by. */
  readonly name: string;
  /** The version of the agent, for people. */
  readonly version: string;
  /** The queues to dial, one at a time. */
  readonly urls: readonly string[];
  /** The URL schemes that can be used. */
  readonly transports: readonly Transport[];
  /** Whose signatures count. */
  readonly trust: TrustStore;
  /** Whether commands that nobody has signed may run. */
  readonly insecure: boolean;
  /** What the agent says of its host. */
  readonly facts: Readonly<Record<string, string>>;
  /** The folder to keep state in; `undefined` keeps it in memory. */
  readonly state: string | undefined;
  /** How many commands may run at once, if not the usual number. */
  readonly slots: number | undefined;
  /** Told of everything that happens. Must not throw. */
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
 * @throws {PrivateFileError} if its state folder cannot be relied on
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
  const { journal, problem } = openJournal({ path: folder?.journal ?? ":memory:" });
  stack.use(journal);
  if (problem !== undefined) onEvent({ kind: "lacks", what: problem });
  const log = folder && stack.use(openAudit(folder.audit));
  const audit = new AuditTrail(log);
  const host = await detectExecHost();
  host.lacks.forEach((what) => onEvent({ kind: "lacks", what }));
  const survivors = folder && new Survivors(folder.survivors);
  const surviving = new Map(survivors?.left().map((job) => [job.id, job]));
  const scripts = folder && new ScriptNotesFolder(folder.scripts);
  await scripts?.clear(host, new Set(surviving.keys()));
  const undoNotes = folder && new UndoNotes(folder.undos);
  const courier = new Courier();
  const results = new ResultSigner({ identity, auditHead: () => log?.head ?? AUDIT_BEGIN });
  const runner = new Runner({
    results,
    courier,
    journal,
    undoNotes,
    slots: new Slots(options.slots),
    survival: survivors && scripts && {
      notes: survivors,
      resume: (job, { signal }) => resumeSurviving(job, { host, survivors, scripts, signal }),
    },
    execute: (command, run_) =>
      run(command, { host, node: name, scripts, survival: survivors && { survivors }, ...run_ }),
    onEvent: (event) => {
      audit.ran(event);
      onEvent(event);
    },
  });
  const node = { name, facts: new Map(Object.entries(options.facts)) };
  const directives = new DirectiveGate({ node, trust, signersOf: (job) => runner.signersOf(job) });
  const gate = new Gate({
    node,
    trust,
    journal,
    insecure,
    policy: { ownUser: host.account?.name ?? "", resolve: findInPath },
  });
  start(audit, { name, insecure, trusted: trust.size, version: options.version });
  stack.defer(() => audit.stopped());
  const restored = restore({ journal, courier, runner, undoNotes, survivors, surviving });
  stack.use(
    new Agent({ ...options, identity, gate, directives, journal, courier, runner, results, audit }),
  );
  const opened = stack.move();
  return { restored, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

function openAudit(path: string): AuditLog {
  try {
    return new AuditLog({ path });
  } catch (error) {
    throw cannotWriteAudit(error, `move ${path} to another place to begin a new log`);
  }
}

function start(audit: AuditTrail, how: Readonly<Record<string, unknown>>): void {
  try {
    audit.started(how);
  } catch (error) {
    throw cannotWriteAudit(error, "without an audit log nothing may run; look at the disk");
  }
}

function cannotWriteAudit(cause: unknown, hint: string): AgentError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new AgentError(`the audit log cannot be used: ${reason}`, hint, { cause });
}

/** Takes up what an earlier process has left: results to bring, and runs that it saw no end of. */
function restore(restoring: Restoring): number {
  const { journal, courier, runner, undoNotes, survivors, surviving } = restoring;
  for (const { id, result } of journal.held(MAX_HELLO_HELD)) courier.restore(id, result);
  const undos = new Map(undoNotes?.left().map((left) => [left.job.id, left]));
  const survived = new Map(surviving);
  for (const request of journal.interrupted()) {
    const { id } = request;
    courier.expect(id);
    const [undo, job] = [undos.get(id), survived.get(id)];
    [undos, survived].forEach((left) => left.delete(id));
    if (undo) runner.takeUp(undo);
    else if (job) runner.resume(job);
    else runner.conclude(request, { kind: "lost", reason: ENDED_BEFORE });
  }
  // Their results are in the journal.
  undos.forEach((_left, id) => undoNotes?.forget(id));
  for (const [id, job] of survived) {
    if (journal.digestOf(id) !== undefined) survivors?.forget(id);
    else goOn(job, restoring);
  }
  return courier.held.length;
}

const ENDED_BEFORE = "the agent ended before the command did";

/** A command of which a journal that had to be begun anew knows nothing still runs. */
function goOn(job: SurvivingJob, { courier, runner }: Restoring): void {
  courier.expect(job.id);
  runner.resume(job);
}

/** What a new process takes up from. */
interface Restoring {
  readonly journal: Journal;
  readonly courier: Courier;
  readonly runner: Runner;
  readonly undoNotes: UndoNotes | undefined;
  readonly survivors: Survivors | undefined;
  /** What may have outlived the earlier process, by the ids of its requests. */
  readonly surviving: ReadonlyMap<string, SurvivingJob>;
}
