/**
 * Runs admitted jobs: waits for a free slot, runs the command, sends what it prints, and has
 * signed how it ended. Imports `base`, `envelope` and its siblings.
 * @module
 */
import { type Clock, systemClock } from "../base/clock.ts";
import { MAX_SKEW } from "../envelope/freshness.ts";
import type { Run } from "../envelope/request.ts";
import type { Outcome, OutputSummary } from "../envelope/result.ts";
import type { Job } from "./admission.ts";
import { boundedOutcome } from "./bounded_outcome.ts";
import type {
  Command,
  ExecEnd,
  ExecEvent,
  Invocation,
  StreamName,
  StreamReport,
} from "./command.ts";
import type { Courier } from "./courier.ts";
import type { Journal } from "./journal.ts";
import type { Answered, Figures, ResultSigner } from "./result_signer.ts";
import type { Claim, Slots } from "./slots.ts";

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
  | { readonly kind: "ended"; readonly job: Answered; readonly outcome: Outcome }
  | { readonly kind: "journal-failed"; readonly error: unknown };

/** How many bytes of each stream nobody has got, because the command was called off. */
type Dropped = Record<StreamName, number>;

/** Runs jobs until closed. */
export class Runner implements AsyncDisposable {
  readonly #options: RunnerOptions;
  readonly #clock: Clock;
  readonly #jobs = new Map<
    string,
    { readonly job: Job; readonly stop: AbortController; readonly done: Promise<void> }
  >();

  /** Makes a runner with nothing to do. */
  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Begins to run `job` after its delay, as soon as there is a slot. The courier says what becomes of it. */
  start(job: Job): void {
    const stop = new AbortController();
    this.#options.courier.tell({ kind: "delivered", id: job.id });
    const done = this.#run(job, stop.signal).finally(() => this.#jobs.delete(job.id));
    this.#jobs.set(job.id, { job, stop, done });
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
    jobs.forEach(({ stop }) => stop.abort());
    await Promise.all(jobs.map(({ done }) => done));
  }

  async #run(job: Job, signal: AbortSignal): Promise<void> {
    try {
      if (job.delayMs) await this.#clock.sleep(job.delayMs, signal);
      const claim = await this.#claimSlot(job, signal);
      if (claim.kind === "late") return this.conclude(job, LATE);
      if (claim.kind === "busy") {
        return this.conclude(job, refused("busy", `${claim.waiting} other commands wait already`));
      }
      using _slot = claim;
      const untimely = await this.#awaitTime(job, signal);
      if (untimely) return this.conclude(job, untimely);
      await this.#execute(job, signal);
    } catch (error) {
      const reason = `the agent failed: ${error instanceof Error ? error.message : error}`;
      this.conclude(job, signal.aborted ? { kind: "cancelled" } : { kind: "lost", reason });
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

  async #execute(job: Job, signal: AbortSignal): Promise<void> {
    const { courier, execute, onEvent } = this.#options;
    const dropped: Dropped = { stdout: 0, stderr: 0 };
    for await (
      const event of execute(commandOf(job, this.#stdinOf(job)), { job: job.id, signal })
    ) {
      switch (event.kind) {
        case "started":
          onEvent?.({ kind: "started", job, pid: event.pid });
          courier.tell({ kind: "started", id: job.id });
          break;
        case "output":
          dropped[event.stream] += await courier.output(job.id, event, signal);
          break;
        default:
          return this.#ended(job, event, dropped);
      }
    }
    throw new Error("the command ended without a word");
  }

  #stdinOf({ id, stdin, input }: Job): Command["stdin"] {
    return input === undefined ? stdin : this.#options.courier.input(id, input);
  }

  #ended(job: Job, end: ExecEnd, dropped: Dropped): void {
    if (end.kind === "failed") return this.conclude(job, outcomeOf(end));
    const { startMs, endMs, stdout, stderr } = end.report;
    this.conclude(job, outcomeOf(end), {
      startMs,
      endMs,
      out: summary(stdout, dropped.stdout),
      err: summary(stderr, dropped.stderr),
    });
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

function refused(code: string, reason: string): Outcome {
  return { kind: "refused", code, reason };
}

function outcomeOf(end: ExecEnd): Outcome {
  switch (end.kind) {
    case "exited":
      return { kind: "exited", code: end.code };
    case "signalled":
      return { kind: "signalled", signal: end.signal };
    case "failed":
      return refused(end.reason, end.message);
    case "timeout":
    case "cancelled":
      return { kind: end.kind };
    default:
      return end satisfies never;
  }
}

function summary({ bytes, kept, sha256 }: StreamReport, dropped: number): OutputSummary {
  return { bytes, kept: Math.max(0, kept - dropped), sha256 };
}

function invocationOf(run: Run): Invocation {
  if (run.kind !== "script") return run;
  return { kind: "script", script: Uint8Array.fromBase64(run.script), args: run.args };
}

function commandOf(job: Job, stdin: Command["stdin"]): Command {
  const { run, user, cwd, env, secrets, timeoutMs, maxOutput, survive } = job;
  return {
    ...invocationOf(run),
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
