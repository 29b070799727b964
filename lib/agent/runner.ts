/**
 * Runs admitted jobs: waits for a free slot, runs the command, sends what it prints, and signs how
 * it ended. Imports `envelope`.
 * @module
 */
import { type Clock, systemClock } from "../base/clock.ts";
import type { Outcome, OutputSummary, Result } from "../envelope/result.ts";
import { resultType } from "../envelope/result.ts";
import { seal } from "../envelope/seal.ts";
import type { Job } from "./admission.ts";
import type { Command, ExecEnd, ExecEvent, StreamReport } from "./command.ts";
import type { Courier } from "./courier.ts";
import type { Journal } from "./journal.ts";
import type { AgentIdentity } from "./link.ts";
import type { Slots } from "./slots.ts";

/** Runs a command; `job` is its request's id. */
export type Execute = (
  command: Command,
  options: { readonly job: string; readonly signal: AbortSignal },
) => AsyncIterable<ExecEvent>;

/** What a runner works with. */
export interface RunnerOptions {
  readonly identity: AgentIdentity;
  readonly courier: Courier;
  readonly journal: Journal;
  readonly slots: Slots;
  readonly execute: Execute;
  readonly clock?: Clock;
  /** The newest hash of the audit log, hexadecimal; asked when a result is signed. */
  readonly auditHead: () => string;
  /** Told when a job begins to run and when it ends. Must not throw. */
  readonly onEvent?: (event: RunnerEvent) => void;
}

/** Something that happened to a job. */
export type RunnerEvent =
  | { readonly kind: "started"; readonly job: Job; readonly pid: number }
  | { readonly kind: "ended"; readonly job: Job; readonly outcome: Outcome }
  | { readonly kind: "journal-failed"; readonly error: unknown };

/** What a result says beside the outcome. */
type Figures = Pick<Result, "startMs" | "endMs" | "out" | "err">;

const NOTHING: OutputSummary = {
  bytes: 0,
  kept: 0,
  // The digest of no bytes.
  sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
};

/** Runs jobs until closed. */
export class Runner implements AsyncDisposable {
  readonly #options: RunnerOptions;
  readonly #jobs = new Map<
    string,
    { readonly stop: AbortController; readonly done: Promise<void> }
  >();
  #seq = 0;

  /** Makes a runner with nothing to do. */
  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** Begins to run `job` as soon as there is a slot. The courier says what becomes of it. */
  start(job: Job): void {
    const stop = new AbortController();
    this.#options.courier.tell({ kind: "delivered", id: job.id });
    const done = this.#run(job, stop.signal).finally(() => this.#jobs.delete(job.id));
    this.#jobs.set(job.id, { stop, done });
  }

  /** Stops a job that runs or waits; false when there is none of this id. */
  cancel(id: string): boolean {
    this.#jobs.get(id)?.stop.abort();
    return this.#jobs.has(id);
  }

  /** Signs and sends the outcome of a request for which no command runs. */
  answer(request: { readonly id: string; readonly digest: string }, outcome: Outcome): void {
    const now = Date.now();
    this.#finish(request, outcome, { startMs: now, endMs: now, out: NOTHING, err: NOTHING });
  }

  /** Stops all jobs and waits until their outcome is signed. */
  async [Symbol.asyncDispose](): Promise<void> {
    const jobs = [...this.#jobs.values()];
    jobs.forEach(({ stop }) => stop.abort());
    await Promise.all(jobs.map(({ done }) => done));
  }

  async #run(job: Job, signal: AbortSignal): Promise<void> {
    try {
      const claim = await this.#options.slots.claim(signal);
      if (claim.kind === "busy") {
        return this.answer(job, refused("busy", `${claim.waiting} other commands wait already`));
      }
      using _slot = claim;
      await this.#execute(job, signal);
    } catch (error) {
      if (signal.aborted) this.answer(job, { kind: "cancelled" });
      else this.answer(job, { kind: "lost", reason: `the agent failed: ${String(error)}` });
    }
  }

  async #execute(job: Job, signal: AbortSignal): Promise<void> {
    const { courier, execute, clock = systemClock } = this.#options;
    const early = job.notBefore - clock.now();
    if (early > 0) await clock.sleep(early, signal);
    for await (const event of execute(commandOf(job), { job: job.id, signal })) {
      if (event.kind === "started") this.#started(job, event.pid);
      else if (event.kind === "output") await courier.output(job.id, event, signal);
      else this.#ended(job, event);
    }
  }

  #started(job: Job, pid: number): void {
    this.#options.onEvent?.({ kind: "started", job, pid });
    this.#options.courier.tell({ kind: "started", id: job.id });
  }

  #ended(job: Job, end: ExecEnd): void {
    const outcome = outcomeOf(end);
    if (end.kind === "failed") this.answer(job, outcome);
    else {
      const { startMs, endMs, stdout, stderr } = end.report;
      const figures = { startMs, endMs, out: summary(stdout), err: summary(stderr) };
      this.#finish(job, outcome, figures);
    }
    this.#options.onEvent?.({ kind: "ended", job, outcome });
  }

  #finish(
    request: { readonly id: string; readonly digest: string },
    outcome: Outcome,
    figures: Figures,
  ): void {
    const { identity, journal, courier, auditHead } = this.#options;
    const body: Result = {
      v: 1,
      id: request.id,
      request: request.digest,
      agent: identity.name,
      seq: this.#seq++,
      outcome,
      ...figures,
      auditHead: auditHead(),
    };
    const envelope = seal(resultType, body, [identity.key]);
    this.#keep(() => journal.ended(request.id, envelope));
    if (courier.result(request.id, envelope)) return;
    this.#keep(() => journal.acknowledged(request.id));
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

function summary({ bytes, kept, sha256 }: StreamReport): OutputSummary {
  return { bytes, kept, sha256 };
}

function commandOf(job: Job): Command {
  const { run, user, cwd, env, stdin, timeoutMs, maxOutput, survive } = job;
  return {
    ...run,
    timeoutMs,
    maxOutput,
    survive,
    ...(user !== undefined && { user }),
    ...(cwd !== undefined && { cwd }),
    ...(env !== undefined && { env }),
    ...(stdin !== undefined && { stdin }),
  };
}
