/**
 * Runs admitted jobs: waits for a free slot, runs the command, sends what it prints, and has
 * signed how it ended. Imports `base`, `envelope` and its siblings.
 * @module
 */
import { type Clock, systemClock } from "../base/clock.ts";
import type { Outcome } from "../envelope/statements/result.ts";
import type { Job } from "./admission.ts";
import { boundedOutcome } from "./bounded_outcome.ts";
import type { Command, ExecEvent } from "./command.ts";
import { CLOSING } from "./closing.ts";
import { type Conclusion, conclusionOf, type Dropped, refused } from "./conclusion.ts";
import { commandOf } from "./job_command.ts";
import type { Courier } from "./courier.ts";
import type { Journal } from "./journal.ts";
import type { Answered, Figures, ResultSigner } from "./result_signer.ts";
import { Probation } from "./probation.ts";
import type { Slots } from "./slots.ts";
import { type BegunJob, type Hearing, Undoer } from "./undoer.ts";
import type { LeftUndo, UndoNotes } from "./undo_notes.ts";
import type { SurvivingJob, Survivors } from "./survivors.ts";
import { awaitTurn } from "./turn.ts";

/** Runs a command; `job` is its request's id. */
export type Execute = (
  command: Command,
  options: { readonly job: string; readonly signal: AbortSignal },
) => AsyncIterable<ExecEvent>;

/** Goes on with a command of an earlier process that has outlived it. */
export type Resume = (
  job: SurvivingJob,
  options: { readonly signal: AbortSignal },
) => AsyncIterable<ExecEvent>;

/** What a runner works with. */
export interface RunnerOptions {
  /** Signs how requests end. */
  readonly results: ResultSigner;
  /** Brings what is to be said to the hub. */
  readonly courier: Courier;
  /** Remembers requests and their results. */
  readonly journal: Journal;
  /** Remembers what may have to be undone; nothing is, beyond the end of the process, without it. */
  readonly undoNotes?: UndoNotes | undefined;
  /** Remembers what may outlive the agent, and goes on with it; nothing may without it. */
  readonly survival?: { readonly notes: Survivors; readonly resume: Resume } | undefined;
  /** How many commands run at once. */
  readonly slots: Slots;
  /** Runs a command. */
  readonly execute: Execute;
  /** Where time comes from; the machine's own clock by default. */
  readonly clock?: Clock;
  /** Told when a command begins, and how each accepted request has ended. Must not throw. */
  readonly onEvent?: (event: RunnerEvent) => void;
}

/** Something that happened to an accepted request. */
export type RunnerEvent =
  | { readonly kind: "started"; readonly job: Job; readonly pid: number }
  | { readonly kind: "resumed"; readonly job: SurvivingJob; readonly pid: number }
  | { readonly kind: "left"; readonly job: Answered }
  | { readonly kind: "undoing"; readonly job: Pick<Job, "id">; readonly pid: number }
  | { readonly kind: "ended"; readonly job: Answered; readonly outcome: Outcome }
  | { readonly kind: "journal-failed"; readonly error: unknown };

/** What the running of a command came to, and whether it was begun at all. */
type Attempt = Conclusion & { readonly begun: boolean };

/** A job that runs or waits. */
interface RunningJob {
  readonly job: Pick<Job, "id" | "signers">;
  readonly stop: AbortController;
  readonly probation: Probation;
  readonly done: Promise<void>;
}

/** Runs jobs until closed. */
export class Runner implements AsyncDisposable {
  readonly #options: RunnerOptions;
  readonly #clock: Clock;
  readonly #undoer: Undoer;
  readonly #jobs = new Map<string, RunningJob>();

  /** Makes a runner with nothing to do. */
  constructor(options: RunnerOptions) {
    const { clock = systemClock, execute, courier, undoNotes: notes, onEvent } = options;
    this.#options = options;
    this.#clock = clock;
    const onUndo = (id: string, pid: number) => onEvent?.({ kind: "undoing", job: { id }, pid });
    this.#undoer = new Undoer({ execute, courier, clock, notes, onUndo });
  }

  /** Begins to run `job` after its delay, as soon as there is a slot. The courier says what becomes of it. */
  start(job: Job): void {
    this.#options.courier.tell({ kind: "delivered", id: job.id });
    this.#follow(job, (hearing) => this.#run(job, hearing));
  }

  /** Goes on with a change of an earlier process that nobody has confirmed. */
  takeUp(left: LeftUndo): void {
    this.#follow(
      left.job,
      (hearing) => this.#settled(left.job, this.#undoer.resume(left, hearing)),
    );
  }

  /** Goes on with a command of an earlier process, which has a slot whether or not there is one. */
  resume(job: SurvivingJob): void {
    const slot = this.#options.slots.occupy();
    this.#follow(job, async ({ signal }) => {
      using _slot = slot;
      await this.#resume(job, signal);
    });
  }

  /** The ids of the keys that signed a request that runs or waits. */
  signersOf(id: string): readonly string[] | undefined {
    return this.#jobs.get(id)?.job.signers;
  }

  /** Stops a job that runs or waits; false when there is none of this id. */
  cancel(id: string): boolean {
    this.#jobs.get(id)?.stop.abort();
    return this.#jobs.has(id);
  }

  /** Lets stay what a job has changed; false when there is none of this id that asks for it. */
  confirm(id: string): boolean {
    return this.#jobs.get(id)?.probation.confirm() ?? false;
  }

  /**
   * Says how an accepted request has ended: recorded, signed, kept and sent. Without figures no
   * command ran, or nobody knows.
   */
  conclude(request: Answered, ending: Outcome, figures?: Figures): void {
    const { results, journal, courier, onEvent } = this.#options;
    const outcome = boundedOutcome(ending);
    onEvent?.({ kind: "ended", job: request, outcome });
    const envelope = results.sign(request, outcome, figures);
    this.#keep(() => journal.ended(request.id, envelope));
    if (courier.result(request.id, envelope)) return;
    this.#keep(() => journal.acknowledged(request.id));
  }

  /** Stops all jobs and waits until their outcome is signed. */
  async [Symbol.asyncDispose](): Promise<void> {
    const jobs = [...this.#jobs.values()];
    jobs.forEach(({ stop }) => stop.abort(CLOSING));
    await Promise.all(jobs.map(({ done }) => done));
  }

  #follow(job: Pick<Job, "id" | "signers">, run: (hearing: Hearing) => Promise<void>): void {
    const [stop, probation] = [new AbortController(), new Probation()];
    const done = run({ probation, signal: stop.signal }).finally(() => this.#jobs.delete(job.id));
    this.#jobs.set(job.id, { job, stop, probation, done });
  }

  async #run(job: Job, hearing: Hearing): Promise<void> {
    const end = await this.#attempt(job, hearing.signal);
    if (!end) return this.#options.onEvent?.({ kind: "left", job });
    if (!isUndoable(job) || !end.begun) return this.#conclude(job, end);
    await this.#settled(job, this.#undoer.settle(job, end, hearing));
  }

  /**
   * What a job came to before anything is undone; `undefined` if the agent stops and its next process
   * goes on. Never rejects.
   */
  async #attempt(job: Job, signal: AbortSignal): Promise<Attempt | undefined> {
    let begun = false;
    try {
      const { slots } = this.#options;
      const turn = await awaitTurn(job, { slots, clock: this.#clock }, signal);
      if (turn.kind === "denied") return { begun, outcome: turn.outcome };
      using _slot = turn;
      const forgetful = this.#remember(job);
      if (forgetful) return { begun, outcome: forgetful };
      return await this.#execute(job, signal, () => begun = true);
    } catch (error) {
      const reason = `the agent failed: ${error instanceof Error ? error.message : error}`;
      return { begun, outcome: signal.aborted ? { kind: "cancelled" } : { kind: "lost", reason } };
    }
  }

  /** What could not be undone after a crash, or found again, is not begun. */
  #remember(job: Job): Outcome | undefined {
    try {
      if (isUndoable(job)) this.#undoer.begin(job);
      if (job.survive) this.#options.survival?.notes.add(job);
      return undefined;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const what = job.survive ? "that it goes on" : "what undoes it";
      return refused("no-journal", `${what} cannot be remembered: ${reason}`);
    }
  }

  async #settled(job: Answered, settling: Promise<Conclusion | undefined>): Promise<void> {
    const conclusion = await settling.catch((error): Conclusion => {
      const reason = `the agent failed: ${error instanceof Error ? error.message : error}`;
      return { outcome: { kind: "lost", reason } };
    });
    if (conclusion) this.#conclude(job, conclusion);
  }

  #conclude(job: Answered, { outcome, figures }: Conclusion): void {
    this.conclude(job, outcome, figures);
    this.#keep(() => this.#undoer.forget(job.id));
    this.#keep(() => this.#options.survival?.notes.forget(job.id));
  }

  async #execute(
    job: Job,
    signal: AbortSignal,
    onBegun: () => void,
  ): Promise<Attempt | undefined> {
    const { execute, onEvent } = this.#options;
    let begun = false;
    const command = commandOf(job, this.#stdinOf(job));
    const end = await this.#report(job, execute(command, { job: job.id, signal }), {
      signal,
      onStarted: (pid) => {
        begun = true;
        onBegun();
        onEvent?.({ kind: "started", job, pid });
      },
    });
    return end && { begun, ...end };
  }

  async #resume(job: SurvivingJob, signal: AbortSignal): Promise<void> {
    const { survival, onEvent } = this.#options;
    const onStarted = (pid: number) => onEvent?.({ kind: "resumed", job, pid });
    try {
      const events = survival?.resume(job, { signal }) ?? [];
      const end = await this.#report(job, events, { signal, onStarted });
      if (end) this.#conclude(job, end);
      else onEvent?.({ kind: "left", job });
    } catch (error) {
      const reason = `the agent failed: ${error instanceof Error ? error.message : error}`;
      this.#conclude(job, { outcome: { kind: "lost", reason } });
    }
  }

  /** Brings what a command says to the hub, to its end; `undefined` if it goes on without the agent. */
  async #report(
    { id }: Answered,
    events: AsyncIterable<ExecEvent> | Iterable<ExecEvent>,
    { signal, onStarted }: { signal: AbortSignal; onStarted: (pid: number) => void },
  ): Promise<Conclusion | undefined> {
    const { courier } = this.#options;
    const dropped: Dropped = { stdout: 0, stderr: 0 };
    for await (const event of events) {
      switch (event.kind) {
        case "started":
          onStarted(event.pid);
          courier.tell({ kind: "started", id });
          break;
        case "output":
          dropped[event.stream] += await courier.output(id, event, signal);
          break;
        case "left":
          return undefined;
        default:
          return conclusionOf(event, dropped);
      }
    }
    throw new Error("the command ended without a word");
  }

  #stdinOf({ id, stdin, input }: Job): Command["stdin"] {
    return input === undefined ? stdin : this.#options.courier.input(id, input);
  }

  /** With a full disk the result still goes out, only a restart would lose it. */
  #keep(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#options.onEvent?.({ kind: "journal-failed", error });
    }
  }
}

function isUndoable(job: Job): job is Job & BegunJob {
  return job.undo !== undefined;
}
