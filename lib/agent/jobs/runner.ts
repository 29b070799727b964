/**
 * Runs admitted jobs: waits for a slot, runs the command, sends its output to the hub, and has the
 * result signed and kept.
 * @module
 */
import { type Clock, systemClock } from "../../base/clock.ts";
import { messageOf } from "../../base/errors.ts";
import type { Run } from "../../envelope/statements/request.ts";
import type { GivenInput, Outcome } from "../../envelope/statements/result.ts";
import type { AdmittedJob } from "../admission/admission.ts";
import type { DirectedJob } from "../admission/directive_gate.ts";
import type { EarlyCancels } from "../admission/early_cancels.ts";
import type { DetachedJob, DetachedStore } from "../detached/detached_store.ts";
import type { Command, ExecEvent, Invocation } from "../exec/command.ts";
import { AGENT_STOPPING } from "../exec/stopping.ts";
import type { StdinReceiver } from "../hub_link/stdin_receiver.ts";
import type { Outbox } from "../hub_link/outbox.ts";
import type { Journal } from "../records/journal.ts";
import { HeldJobs } from "./held_jobs.ts";
import {
  type AnsweredRequest,
  type DroppedBytes,
  type JobResult,
  refusedOutcome,
  type ResultFigures,
  type ResultSigner,
  toJobResult,
  truncateOutcome,
} from "./result_signer.ts";
import { type BegunJob, ConfirmWindow, type JobSignals, RollbackRunner } from "./rollback.ts";
import type { RollbackStore, UnfinishedRollback } from "./rollback_store.ts";
import { type Slots, waitToStart } from "./slots.ts";

/** Runs a command; `job` is its request id. */
export type Execute = (
  command: Command,
  options: { readonly job: string; readonly signal: AbortSignal },
) => AsyncIterable<ExecEvent>;

/** Resumes a detached command of an earlier process. */
type ResumeDetached = (
  job: DetachedJob,
  options: { readonly signal: AbortSignal },
) => AsyncIterable<ExecEvent>;

/** Options of a runner. */
interface RunnerOptions {
  /** Signs results. */
  readonly resultSigner: ResultSigner;
  /** Sends progress, output and results to the hub. */
  readonly outbox: Outbox;
  /** Stores requests and their results. */
  readonly journal: Journal;
  /** Records pending rollbacks; without it, they do not survive the process. */
  readonly rollbackStore?: RollbackStore | undefined;
  /** Records and resumes detached commands; without it, none are allowed. */
  readonly detached?:
    | { readonly store: DetachedStore; readonly resume: ResumeDetached }
    | undefined;
  /** Limits how many commands run at once. */
  readonly slots: Slots;
  /** The cancels that came before their request. */
  readonly earlyCancels: Pick<EarlyCancels, "covers">;
  /** Keeps the jobs that wait for a release. */
  readonly heldJobs?: HeldJobs;
  /** Runs a command. */
  readonly execute: Execute;
  /** The source of time; the system clock by default. */
  readonly clock?: Clock;
  /** Called at the start of a command and at the end of each accepted request. Must not throw. */
  readonly onEvent?: (event: RunnerEvent) => void;
}

/** An event of an accepted request. */
export type RunnerEvent =
  | { readonly kind: "started"; readonly job: AdmittedJob; readonly pid: number }
  | { readonly kind: "resumed"; readonly job: DetachedJob; readonly pid: number }
  | { readonly kind: "left"; readonly job: AnsweredRequest }
  | { readonly kind: "undoing"; readonly job: Pick<AdmittedJob, "id">; readonly pid: number }
  | { readonly kind: "ended"; readonly job: AnsweredRequest; readonly outcome: Outcome }
  | { readonly kind: "journal-failed"; readonly error: unknown };

const CANCELLED: Outcome = { kind: "cancelled" };

/** The result of running a command, and whether it started. */
type Attempt = JobResult & { readonly begun: boolean };

/** A job that runs or waits. */
interface RunningJob {
  readonly job: Pick<AdmittedJob, "id" | "digest" | "signers">;
  readonly stop: AbortController;
  readonly confirmWindow: ConfirmWindow;
  readonly done: Promise<void>;
}

/** Runs jobs until closed. */
export class Runner implements AsyncDisposable {
  readonly #options: RunnerOptions;
  readonly #clock: Clock;
  readonly #rollback: RollbackRunner;
  readonly #held: HeldJobs;
  readonly #jobs = new Map<string, RunningJob>();

  /** Creates a runner without jobs. */
  constructor(options: RunnerOptions) {
    const { clock = systemClock, execute, outbox, rollbackStore, onEvent } = options;
    this.#options = options;
    this.#clock = clock;
    this.#held = options.heldJobs ?? new HeldJobs();
    const onUndo = (id: string, pid: number) => onEvent?.({ kind: "undoing", job: { id }, pid });
    this.#rollback = new RollbackRunner({ execute, outbox, clock, store: rollbackStore, onUndo });
  }

  /** Runs `job` after its release and its delay, once there is a slot. Reports go to the outbox. */
  start(job: AdmittedJob): void {
    this.#options.outbox.sendProgress({ kind: "delivered", id: job.id });
    this.#track(job, (signals) => this.#run(job, signals));
  }

  /** Resumes an unconfirmed change of an earlier process. */
  resumeRollback(left: UnfinishedRollback): void {
    this.#track(
      left.job,
      (signals) => this.#finishSettled(left.job, this.#rollback.resume(left, signals)),
    );
  }

  /** Resumes a command of an earlier process. It takes a slot even if none is free. */
  resumeDetached(job: DetachedJob): void {
    const slot = this.#options.slots.occupy();
    this.#track(job, async ({ signal }) => {
      using _slot = slot;
      await this.#runDetached(job, signal);
    });
  }

  /** Returns the running or waiting request of this id, if there is one. */
  jobOf(id: string): DirectedJob | undefined {
    const job = this.#jobs.get(id)?.job;
    return job && { ...job, isHeld: this.#held.has(id) };
  }

  /** Releases a held job; false if none of this id is held. */
  release(id: string): boolean {
    return this.#held.release(id);
  }

  /** Cancels a running or waiting job; false if there is none of this id. */
  cancel(id: string): boolean {
    this.#jobs.get(id)?.stop.abort();
    return this.#jobs.has(id);
  }

  /** Confirms the change of a job; false if no job of this id waits for a confirmation. */
  confirm(id: string): boolean {
    return this.#jobs.get(id)?.confirmWindow.confirm() ?? false;
  }

  /**
   * Finishes an accepted request: records, signs, stores and sends its result. Without figures no
   * command ran, or its end is unknown.
   */
  finish(request: AnsweredRequest, ending: Outcome, figures?: ResultFigures): void {
    const { resultSigner, journal, outbox, onEvent } = this.#options;
    const outcome = truncateOutcome(ending);
    onEvent?.({ kind: "ended", job: request, outcome });
    const envelope = resultSigner.sign(request, outcome, figures);
    this.#tryWrite(() => journal.ended(request.id, envelope));
    if (outbox.sendResult(request.id, envelope)) return;
    this.#tryWrite(() => journal.acknowledged(request.id));
  }

  /** Stops all jobs and waits until their outcome is signed. */
  async [Symbol.asyncDispose](): Promise<void> {
    const jobs = [...this.#jobs.values()];
    jobs.forEach(({ stop }) => stop.abort(AGENT_STOPPING));
    await Promise.all(jobs.map(({ done }) => done));
  }

  #track(
    job: Pick<AdmittedJob, "id" | "digest" | "signers">,
    run: (signals: JobSignals) => Promise<void>,
  ): void {
    const [stop, confirmWindow] = [new AbortController(), new ConfirmWindow()];
    const done = run({ confirmWindow, signal: stop.signal }).finally(() =>
      this.#jobs.delete(job.id)
    );
    this.#jobs.set(job.id, { job, stop, confirmWindow, done });
  }

  async #run(job: AdmittedJob, signals: JobSignals): Promise<void> {
    const end = await this.#attempt(job, signals.signal);
    if (!end) return this.#options.onEvent?.({ kind: "left", job });
    if (!hasRollback(job) || !end.begun) return this.#finish(job, end);
    await this.#finishSettled(job, this.#rollback.settle(job, end, signals));
  }

  /**
   * Runs a job, without its rollback; `undefined` if the agent stops and its next process resumes
   * it. Never rejects.
   */
  async #attempt(job: AdmittedJob, signal: AbortSignal): Promise<Attempt | undefined> {
    let begun = false;
    try {
      const { slots, earlyCancels } = this.#options;
      if (earlyCancels.covers(job)) return { begun, outcome: CANCELLED }; // check: early-cancel
      const held = job.hold && await this.#held.wait(job, this.#clock, signal); // check: held
      if (held) return { begun, outcome: held };
      const start = await waitToStart(job, { slots, clock: this.#clock }, signal);
      if (start.kind === "denied") return { begun, outcome: start.outcome };
      using _slot = start;
      // The last look: a cancel may have come after the release or the slot.
      if (signal.aborted) return { begun, outcome: CANCELLED }; // check: last-look
      const problem = this.#recordBegin(job);
      if (problem) return { begun, outcome: problem };
      return await this.#execute(job, signal, () => begun = true);
    } catch (error) {
      const reason = `the agent failed: ${messageOf(error)}`;
      return { begun, outcome: signal.aborted ? CANCELLED : { kind: "lost", reason } };
    }
  }

  /**
   * Records the start. Without the records, a crash would lose the rollback or the detached
   * command.
   */
  #recordBegin(job: AdmittedJob): Outcome | undefined {
    try {
      if (hasRollback(job)) this.#rollback.begin(job);
      if (job.survive) this.#options.detached?.store.add(job);
      return undefined;
    } catch (error) {
      const reason = messageOf(error);
      const record = job.survive ? "detached command" : "rollback";
      return refusedOutcome("no-journal", `cannot record the ${record}: ${reason}`);
    }
  }

  async #finishSettled(
    job: AnsweredRequest,
    settled: Promise<JobResult | undefined>,
  ): Promise<void> {
    const result = await settled.catch((error): JobResult => {
      const reason = `the agent failed: ${messageOf(error)}`;
      return { outcome: { kind: "lost", reason } };
    });
    if (result) this.#finish(job, result);
  }

  #finish(job: AnsweredRequest, { outcome, figures }: JobResult): void {
    this.finish(job, outcome, figures);
    this.#tryWrite(() => this.#rollback.forget(job.id));
    this.#tryWrite(() => this.#options.detached?.store.forget(job.id));
  }

  async #execute(
    job: AdmittedJob,
    signal: AbortSignal,
    onBegun: () => void,
  ): Promise<Attempt | undefined> {
    const { execute, onEvent } = this.#options;
    let begun = false;
    const input = this.#openInput(job);
    const command = makeCommand(job, input ?? job.stdin);
    const end = await this.#report(job, execute(command, { job: job.id, signal }), {
      signal,
      onStarted: (pid) => {
        begun = true;
        onBegun();
        onEvent?.({ kind: "started", job, pid });
      },
    });
    return end && { begun, ...withInput(end, input?.given) };
  }

  async #runDetached(job: DetachedJob, signal: AbortSignal): Promise<void> {
    const { detached, onEvent } = this.#options;
    const onStarted = (pid: number) => onEvent?.({ kind: "resumed", job, pid });
    try {
      const events = detached?.resume(job, { signal }) ?? [];
      const end = await this.#report(job, events, { signal, onStarted });
      if (end) this.#finish(job, end);
      else onEvent?.({ kind: "left", job });
    } catch (error) {
      const reason = `the agent failed: ${messageOf(error)}`;
      this.#finish(job, { outcome: { kind: "lost", reason } });
    }
  }

  /**
   * Sends the output of a command to the hub until its end; `undefined` if it continues without the
   * agent.
   */
  async #report(
    { id }: AnsweredRequest,
    events: AsyncIterable<ExecEvent> | Iterable<ExecEvent>,
    { signal, onStarted }: { signal: AbortSignal; onStarted: (pid: number) => void },
  ): Promise<JobResult | undefined> {
    const { outbox } = this.#options;
    const dropped: DroppedBytes = { stdout: 0, stderr: 0 };
    for await (const event of events) {
      switch (event.kind) {
        case "started":
          onStarted(event.pid);
          outbox.sendProgress({ kind: "started", id });
          break;
        case "output":
          dropped[event.stream] += await outbox.sendOutput(id, event, signal);
          break;
        case "left":
          return undefined;
        default:
          return toJobResult(event, dropped);
      }
    }
    throw new Error("the command has no last event");
  }

  /** Opens the streamed input of a job, if it has any. Without a hub, nothing would be its end. */
  #openInput({ id, input }: AdmittedJob): StdinReceiver | undefined {
    if (!input) return undefined;
    const receiver = this.#options.outbox.openStdin(id, input);
    if (!receiver) throw new Error("no hub to receive standard input from");
    return receiver;
  }

  /**
   * Ignores write errors. With a full disk the result is still sent; only a restart would lose it.
   */
  #tryWrite(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#options.onEvent?.({ kind: "journal-failed", error });
    }
  }
}

function hasRollback(job: AdmittedJob): job is AdmittedJob & BegunJob {
  return job.undo !== undefined;
}

/** Adds the streamed input of a command to its figures, if it has any. */
function withInput(end: JobResult, input: GivenInput | undefined): JobResult {
  const { figures } = end;
  return figures && input ? { ...end, figures: { ...figures, input } } : end;
}

/** Returns the command of `job`, which reads `stdin`. */
function makeCommand(job: AdmittedJob, stdin: Command["stdin"]): Command {
  const { run, user, cwd, env, secrets, timeoutMs, maxOutput, survive } = job;
  return {
    ...makeInvocation(run),
    timeoutMs,
    maxOutput,
    survive,
    ...(user !== undefined && { user }),
    ...(cwd !== undefined && { cwd }),
    ...(env !== undefined && { env }),
    ...(secrets !== undefined && { secrets }),
    ...(stdin !== undefined && { stdin }),
  };
}

function makeInvocation(run: Run): Invocation {
  if (run.kind !== "script") return run;
  return { kind: "script", script: Uint8Array.fromBase64(run.script), args: run.args };
}
