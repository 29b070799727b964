/**
 * Runs admitted jobs: waits for a free slot, runs the command, sends what it prints, and has
 * signed how it ended. Imports `base`, `envelope` and its siblings.
 * @module
 */
import { type Clock, systemClock } from "../base/clock.ts";
import { MAX_SKEW } from "../envelope/freshness.ts";
import type { Outcome } from "../envelope/result.ts";
import type { Job } from "./admission.ts";
import { boundedOutcome } from "./bounded_outcome.ts";
import type { Command, ExecEvent } from "./command.ts";
import { type Conclusion, conclusionOf, type Dropped, refused } from "./conclusion.ts";
import { commandOf } from "./job_command.ts";
import type { Courier } from "./courier.ts";
import type { Journal } from "./journal.ts";
import type { Answered, Figures, ResultSigner } from "./result_signer.ts";
import { Probation } from "./probation.ts";
import type { Claim, Slots } from "./slots.ts";
import { type BegunJob, CLOSING, type Hearing, Undoer } from "./undoer.ts";
import type { LeftUndo, UndoNotes } from "./undo_notes.ts";

/** Runs a command; `job` is its request's id. */
export type Execute = (
  command: Command,
  options: { readonly job: string; readonly signal: AbortSignal },
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
    if (!isUndoable(job) || !end.begun) return this.#conclude(job, end);
    await this.#settled(job, this.#undoer.settle(job, end, hearing));
  }

  /** What a job came to before anything is undone. Never rejects. */
  async #attempt(job: Job, signal: AbortSignal): Promise<Attempt> {
    let begun = false;
    try {
      if (job.delayMs) await this.#clock.sleep(job.delayMs, signal);
      const claim = await this.#claimSlot(job, signal);
      if (claim.kind === "late") return { begun, outcome: LATE };
      if (claim.kind === "busy") {
        return { begun, outcome: refused("busy", `${claim.waiting} other commands wait already`) };
      }
      using _slot = claim;
      const untimely = await this.#awaitTime(job, signal);
      if (untimely) return { begun, outcome: untimely };
      const forgetful = this.#remember(job);
      if (forgetful) return { begun, outcome: forgetful };
      return await this.#execute(job, signal, () => begun = true);
    } catch (error) {
      const reason = `the agent failed: ${error instanceof Error ? error.message : error}`;
      return { begun, outcome: signal.aborted ? { kind: "cancelled" } : { kind: "lost", reason } };
    }
  }

  /** Waits for a slot, but not beyond the end of the request: the operator is told at once then. */
  async #claimSlot(job: Job, signal: AbortSignal): Promise<Claim | { readonly kind: "late" }> {
    const { slots } = this.#options;
    if (slots.free > 0 || job.notAfter === Infinity) return await slots.claim(signal);
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    this.#clock.sleep(job.notAfter + 1 - this.#clock.now(), either)
      .then(() => over.abort(), () => {});
    try {
      return await slots.claim(either);
    } catch (error) {
      if (signal.aborted || !over.signal.aborted) throw error;
      return { kind: "late" };
    } finally {
      over.abort();
    }
  }

  /** What could not be undone after a crash is not begun. */
  #remember(job: Job): Outcome | undefined {
    try {
      if (isUndoable(job)) this.#undoer.begin(job);
      return undefined;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return refused("no-journal", `what undoes it cannot be remembered: ${reason}`);
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
  }

  /** Waits until `job` may begin; says why it may not any more. */
  async #awaitTime(job: Job, signal: AbortSignal): Promise<Outcome | undefined> {
    for (let early = 1; early > 0;) {
      early = job.notBefore - this.#clock.now();
      if (early > MAX_SKEW * 1_000) {
        return refused("clock-behind", "this host's clock was set back");
      }
      if (early > 0) await this.#clock.sleep(early, signal);
    }
    return this.#clock.now() <= job.notAfter ? undefined : LATE;
  }

  async #execute(job: Job, signal: AbortSignal, onBegun: () => void): Promise<Attempt> {
    const { courier, execute, onEvent } = this.#options;
    const dropped: Dropped = { stdout: 0, stderr: 0 };
    let begun = false;
    for await (
      const event of execute(commandOf(job, this.#stdinOf(job)), { job: job.id, signal })
    ) {
      switch (event.kind) {
        case "started":
          begun = true;
          onBegun();
          onEvent?.({ kind: "started", job, pid: event.pid });
          courier.tell({ kind: "started", id: job.id });
          break;
        case "output":
          dropped[event.stream] += await courier.output(job.id, event, signal);
          break;
        default:
          return { begun, ...conclusionOf(event, dropped) };
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

const LATE = refused("expired", "it expired while it waited for other commands to end");

function isUndoable(job: Job): job is Job & BegunJob {
  return job.undo !== undefined;
}
