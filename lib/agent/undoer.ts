/**
 * Undoes what a command has changed, unless it has ended well and somebody confirms it in time: by
 * the agent alone, whoever may be reachable then. Imports `base`, `envelope` and its siblings.
 * @module
 */
import { concat } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import type { Outcome } from "../envelope/statements/result.ts";
import type { SecretValues } from "../envelope/statements/secrets.ts";
import { CLOSING } from "./closing.ts";
import type { Command, ExecEnd, ExecEvent } from "./command.ts";
import type { Conclusion } from "./conclusion.ts";
import type { Courier } from "./courier.ts";
import type { Probation } from "./probation.ts";
import type { Figures } from "./result_signer.ts";
import type { LeftUndo, UndoableJob, UndoNotes } from "./undo_notes.ts";

/** What an undoer works with. */
export interface UndoerOptions {
  /** Runs a command. */
  readonly execute: (
    command: Command,
    options: { readonly job: string; readonly signal: AbortSignal },
  ) => AsyncIterable<ExecEvent>;
  /** Tells the hub that a confirmation is waited for. */
  readonly courier: Pick<Courier, "tell">;
  /** Where time comes from. */
  readonly clock: Clock;
  /** Remembers what is to be undone; without it a new process knows nothing of that. */
  readonly notes: UndoNotes | undefined;
  /** Told when a command is undone. Must not throw. */
  readonly onUndo: (id: string, pid: number) => void;
}

/** A job whose command has been begun. */
export type BegunJob = UndoableJob & { readonly secrets?: SecretValues };

/** What a job can hear of while it waits. */
export interface Hearing {
  /** Hears of a confirmation. */
  readonly probation: Probation;
  /** Aborted when the job is called off, with {@linkcode CLOSING} when the agent stops. */
  readonly signal: AbortSignal;
}

/** How much of what the undo command says is kept, in bytes. */
const SAID_BYTES = 512;

/** Settles what becomes of changes. */
export class Undoer {
  readonly #options: UndoerOptions;

  /** Makes an undoer. */
  constructor(options: UndoerOptions) {
    this.#options = options;
  }

  /** The command of `job` is about to be run. Throws if that cannot be remembered. */
  begin(job: BegunJob): void {
    this.#options.notes?.running(noted(job));
  }

  /**
   * The command of `job` has ended like this; waits for a confirmation if that was well, and undoes
   * it otherwise.
   * @returns what the result says; `undefined` if the agent stops and its next process goes on
   */
  async settle(
    job: BegunJob,
    { outcome, figures }: Conclusion,
    hearing: Hearing,
  ): Promise<Conclusion | undefined> {
    if (outcome.kind !== "exited" || outcome.code !== 0 || !figures) {
      return await this.#undo(job, `the command ${endText(outcome)}`, figures);
    }
    const { clock, notes } = this.#options;
    const waiting = { deadlineMs: clock.now() + job.undo.withinMs, figures };
    try {
      notes?.waiting(noted(job), waiting);
    } catch (error) {
      return await this.#undo(job, `it cannot be remembered: ${messageOf(error)}`, figures);
    }
    return await this.#wait(job, { ms: job.undo.withinMs, figures }, hearing);
  }

  /** Goes on with what an earlier process has left. */
  async resume(
    { job, phase, waiting }: LeftUndo,
    hearing: Hearing,
  ): Promise<Conclusion | undefined> {
    switch (phase) {
      case "undoing":
        return { outcome: { kind: "lost", reason: "the agent ended while it undid the command" } };
      case "waiting":
        if (waiting) return await this.#wait(job, { ...waiting, ms: this.#left(waiting) }, hearing);
        return await this.#undo(job, LEFT_RUNNING);
      case "running":
        return await this.#undo(job, LEFT_RUNNING);
      default:
        return phase satisfies never;
    }
  }

  /** The result of the job of this id is on disk. */
  forget(id: string): void {
    this.#options.notes?.forget(id);
  }

  /** A clock that was set back must not give more time than there was. */
  #left({ deadlineMs }: { readonly deadlineMs: number }): number {
    return Math.max(0, deadlineMs - this.#options.clock.now());
  }

  async #wait(
    job: BegunJob,
    { ms, figures }: { readonly ms: number; readonly figures: Figures },
    { probation, signal }: Hearing,
  ): Promise<Conclusion | undefined> {
    const { clock, courier, notes } = this.#options;
    const over = probation.wait(Math.min(ms, job.undo.withinMs), clock, signal);
    courier.tell({ kind: "unconfirmed", id: job.id });
    const verdict = await over;
    if (verdict === "kept") return { outcome: { kind: "exited", code: 0 }, figures };
    if (verdict === "stopped" && signal.reason === CLOSING && notes) return undefined;
    const seconds = job.undo.withinMs / 1_000;
    const reason = verdict === "stopped"
      ? "the command was called off"
      : `nobody confirmed it within ${seconds} s`;
    return await this.#undo(job, reason, figures);
  }

  async #undo(job: BegunJob, reason: string, figures?: Figures): Promise<Conclusion> {
    const { notes } = this.#options;
    try {
      notes?.undoing(job);
    } catch (error) {
      // Better undone twice, should the agent die at just this time, than not at all.
      reason = `${reason} (and that cannot be remembered: ${messageOf(error)})`;
    }
    const outcome = await this.#run(job, reason);
    return { outcome, ...(figures && { figures }) };
  }

  /** Runs the undo command to its end; nothing calls it off. */
  async #run(job: BegunJob, reason: string): Promise<Outcome> {
    const { execute, onUndo } = this.#options;
    const { user, cwd, env, secrets, timeoutMs, undo: { command } } = job;
    const said: Uint8Array[] = [];
    const setting = { user, cwd, env, secrets };
    const given = Object.entries(setting).filter(([, value]) => value !== undefined);
    const events = execute(
      { kind: "shell", command, timeoutMs, maxOutput: SAID_BYTES, ...Object.fromEntries(given) },
      { job: `${job.id}-undo`, signal: new AbortController().signal },
    );
    for await (const event of events) {
      if (event.kind === "started") onUndo(job.id, event.pid);
      else if (event.kind === "output") said.push(event.bytes);
      else return undone(event, reason, new TextDecoder().decode(concat(said)));
    }
    return undone(undefined, reason, "");
  }
}

/** What of a job is written down: not its secrets. */
function noted({ id, digest, signers, user, cwd, env, timeoutMs, undo }: BegunJob): UndoableJob {
  return {
    ...{ id, digest, signers, timeoutMs, undo },
    ...(user !== undefined && { user }),
    ...(cwd !== undefined && { cwd }),
    ...(env !== undefined && { env }),
  };
}

const LEFT_RUNNING = "the agent ended before the command did";

function undone(end: ExecEnd | undefined, reason: string, text: string): Outcome {
  const said = text.trim();
  switch (end?.kind) {
    case "exited":
      return { kind: "undone", reason, code: end.code, said };
    case "failed":
      return { kind: "undone", reason, said: end.message };
    default:
      return { kind: "undone", reason, said };
  }
}

function endText(outcome: Outcome): string {
  switch (outcome.kind) {
    case "exited":
      return `exited with exit code ${outcome.code}`;
    case "signalled":
      return `was killed by ${outcome.signal}`;
    case "timeout":
      return "ran too long";
    case "cancelled":
      return "was called off";
    default:
      return "came to no known end";
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
