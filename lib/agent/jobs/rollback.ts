/**
 * Rolls back what a command has changed (`--undo`), unless the command succeeds and an operator
 * confirms it within the confirm window. The agent does this alone, because the hub may be
 * unreachable by then.
 * @module
 */
import { messageOf } from "../../base/errors.ts";
import { concat } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import type { Outcome } from "../../envelope/statements/result.ts";
import type { SecretValues } from "../../envelope/statements/secrets.ts";
import type { Command, ExecEnd, ExecEvent } from "../exec/command.ts";
import { AGENT_STOPPING } from "../exec/stopping.ts";
import type { Outbox } from "../hub_link/outbox.ts";
import type { JobResult, ResultFigures } from "./result_signer.ts";
import type { RollbackJob, RollbackStore, UnfinishedRollback } from "./rollback_store.ts";

/** How a confirm window ended. */
export type ConfirmOutcome =
  /** The change was confirmed. */
  | "confirmed"
  /** The window passed without a confirmation. */
  | "unconfirmed"
  /** The job was stopped first. */
  | "stopped";

/** The confirm window of one job. A confirmation before it opens does not count. */
export class ConfirmWindow {
  readonly #confirmed = new AbortController();
  #isOpen = false;

  /** Confirms the change; false if the window is not open. */
  confirm(): boolean {
    if (this.#isOpen) this.#confirmed.abort();
    return this.#isOpen;
  }

  /** Waits up to `ms` milliseconds for a confirmation, or until the signal is aborted. */
  async wait(ms: number, clock: Clock, signal: AbortSignal): Promise<ConfirmOutcome> {
    this.#isOpen = true;
    try {
      await clock.sleep(ms, AbortSignal.any([signal, this.#confirmed.signal]));
      return "unconfirmed";
    } catch {
      return this.#confirmed.signal.aborted ? "confirmed" : "stopped";
    } finally {
      this.#isOpen = false;
    }
  }
}

/** Options of rollbacks. */
interface RollbackRunnerOptions {
  /** Runs a command. */
  readonly execute: (
    command: Command,
    options: { readonly job: string; readonly signal: AbortSignal },
  ) => AsyncIterable<ExecEvent>;
  /** Reports that the agent waits for a confirmation. */
  readonly outbox: Pick<Outbox, "sendProgress">;
  /** The source of time. */
  readonly clock: Clock;
  /** Records pending rollbacks; without it, they do not survive the process. */
  readonly store: RollbackStore | undefined;
  /** Called when a rollback starts. Must not throw. */
  readonly onUndo: (id: string, pid: number) => void;
}

/** A job whose command has started. */
export type BegunJob = RollbackJob & { readonly secrets?: SecretValues };

/** The signals that a waiting job receives. */
export interface JobSignals {
  /** Receives the confirmation. */
  readonly confirmWindow: ConfirmWindow;
  /** Aborted when the job is cancelled, with {@linkcode AGENT_STOPPING} when the agent stops. */
  readonly signal: AbortSignal;
}

/** How much output of the rollback command to keep, in bytes. */
const UNDO_OUTPUT_BYTES = 512;

/** Confirms or rolls back the changes of commands. */
export class RollbackRunner {
  readonly #options: RollbackRunnerOptions;

  /** Creates a runner of rollbacks. */
  constructor(options: RollbackRunnerOptions) {
    this.#options = options;
  }

  /** Records that the command of `job` is about to start. Throws if the write fails. */
  begin(job: BegunJob): void {
    this.#options.store?.recordRunning(withoutSecrets(job));
  }

  /**
   * Settles a command that has ended. After exit status 0 it waits for a confirmation, otherwise it
   * rolls back.
   * @returns the content of the result; `undefined` if the agent stops and its next process resumes
   */
  async settle(
    job: BegunJob,
    { outcome, figures }: JobResult,
    signals: JobSignals,
  ): Promise<JobResult | undefined> {
    if (outcome.kind !== "exited" || outcome.code !== 0 || !figures) {
      return await this.#undo(job, `the command ${describeOutcome(outcome)}`, figures);
    }
    const { clock, store } = this.#options;
    const waiting = { deadlineMs: clock.now() + job.undo.withinMs, figures };
    try {
      store?.recordWaiting(withoutSecrets(job), waiting);
    } catch (error) {
      return await this.#undo(
        job,
        `cannot record the confirm window: ${messageOf(error)}`,
        figures,
      );
    }
    return await this.#waitForConfirmation(job, { ms: job.undo.withinMs, figures }, signals);
  }

  /** Resumes an unfinished rollback of an earlier process. */
  async resume(
    { job, phase, waiting }: UnfinishedRollback,
    signals: JobSignals,
  ): Promise<JobResult | undefined> {
    switch (phase) {
      case "undoing":
        return { outcome: { kind: "lost", reason: "the agent ended during the rollback" } };
      case "waiting":
        if (waiting) {
          return await this.#waitForConfirmation(
            job,
            { ...waiting, ms: this.#left(waiting) },
            signals,
          );
        }
        return await this.#undo(job, LEFT_RUNNING);
      case "running":
        return await this.#undo(job, LEFT_RUNNING);
      default:
        return phase satisfies never;
    }
  }

  /** Removes the record of job `id`, whose result is on disk. */
  forget(id: string): void {
    this.#options.store?.forget(id);
  }

  /** Returns the time left, in milliseconds. A clock that was set back must not extend it. */
  #left({ deadlineMs }: { readonly deadlineMs: number }): number {
    return Math.max(0, deadlineMs - this.#options.clock.now());
  }

  async #waitForConfirmation(
    job: BegunJob,
    { ms, figures }: { readonly ms: number; readonly figures: ResultFigures },
    { confirmWindow, signal }: JobSignals,
  ): Promise<JobResult | undefined> {
    const { clock, outbox, store } = this.#options;
    const waiting = confirmWindow.wait(Math.min(ms, job.undo.withinMs), clock, signal);
    outbox.sendProgress({ kind: "unconfirmed", id: job.id });
    const confirmation = await waiting;
    if (confirmation === "confirmed") return { outcome: { kind: "exited", code: 0 }, figures };
    if (confirmation === "stopped" && signal.reason === AGENT_STOPPING && store) return undefined;
    const seconds = job.undo.withinMs / 1_000;
    const reason = confirmation === "stopped"
      ? "the command was cancelled"
      : `not confirmed within ${seconds} s`;
    return await this.#undo(job, reason, figures);
  }

  async #undo(job: BegunJob, reason: string, figures?: ResultFigures): Promise<JobResult> {
    const { store } = this.#options;
    try {
      store?.recordUndoing(job);
    } catch (error) {
      // If the agent dies just now, rolling back twice is better than never.
      reason = `${reason} (cannot record the rollback: ${messageOf(error)})`;
    }
    const outcome = await this.#run(job, reason);
    return { outcome, ...(figures && { figures }) };
  }

  /** Runs the rollback command to its end; it cannot be cancelled. */
  async #run(job: BegunJob, reason: string): Promise<Outcome> {
    const { execute, onUndo } = this.#options;
    const { user, cwd, env, secrets, timeoutMs, undo: { command } } = job;
    const said: Uint8Array[] = [];
    const settings = { user, cwd, env, secrets };
    const given = Object.entries(settings).filter(([, value]) => value !== undefined);
    const events = execute(
      {
        kind: "shell",
        command,
        timeoutMs,
        maxOutput: UNDO_OUTPUT_BYTES,
        ...Object.fromEntries(given),
      },
      { job: `${job.id}-undo`, signal: new AbortController().signal },
    );
    for await (const event of events) {
      if (event.kind === "started") onUndo(job.id, event.pid);
      else if (event.kind === "output") said.push(event.bytes);
      else return undoneOutcome(event, reason, new TextDecoder().decode(concat(said)));
    }
    return undoneOutcome(undefined, reason, "");
  }
}

/** Returns the recorded fields of a job: all but its secrets. */
function withoutSecrets(
  { id, digest, signers, user, cwd, env, timeoutMs, undo }: BegunJob,
): RollbackJob {
  return {
    ...{ id, digest, signers, timeoutMs, undo },
    ...(user !== undefined && { user }),
    ...(cwd !== undefined && { cwd }),
    ...(env !== undefined && { env }),
  };
}

const LEFT_RUNNING = "the agent ended before the command did";

function undoneOutcome(end: ExecEnd | undefined, reason: string, text: string): Outcome {
  const said = text.trim();
  switch (end?.kind) {
    case "exited":
      return { kind: "undone", reason, code: end.code, said };
    case "failed":
      return { kind: "undone", reason, said: end.reason };
    default:
      return { kind: "undone", reason, said };
  }
}

function describeOutcome(outcome: Outcome): string {
  switch (outcome.kind) {
    case "exited":
      return `exited with exit code ${outcome.code}`;
    case "signalled":
      return `was killed by ${outcome.signal}`;
    case "timeout":
      return "reached its time limit";
    case "cancelled":
      return "was cancelled";
    default:
      return "has an unknown end";
  }
}
