/**
 * Follows a detached command in the current agent: its output, its end and its cleanup. The
 * counterpart of an attached running command. The supervisor does the work, and this side reads the
 * supervisor's files.
 * @module
 */
import process from "node:process";
import { constants } from "node:os";
import { type Clock, systemClock } from "../../base/clock.ts";
import { Notifier, withTimeout } from "../../base/async.ts";
import {
  AGENT_STOPPING,
  killMarked,
  ProcessGroup,
  type StopReason,
  StopWait,
} from "../exec/stopping.ts";
import type { ExecEnd, ExecOutput, ExecReport, StreamName } from "../exec/command.ts";
import type { DetachedState, FirstProcess, ProcessCheck, Supervisor } from "./supervisor.ts";
import { Spool, SpoolOrder } from "./spool.ts";

/** Options for following a detached command. */
interface DetachedCommandOptions {
  /** The request id that marks its processes. */
  readonly job: string;
  /** The folder of its supervisor. */
  readonly folder: string;
  /** The time left to it, in milliseconds. */
  readonly timeoutMs: number;
  /** The bytes to keep of each stream. */
  readonly maxOutput: number;
  /** Settles when the supervisor has ended, if this process started it. */
  readonly supervisorEnded?: Promise<unknown>;
  /** The source of time; the system clock by default. */
  readonly clock?: Clock | undefined;
  /**
   * Cancels the command; with {@linkcode AGENT_STOPPING}, leaves it to the agent's next process.
   */
  readonly signal?: AbortSignal | undefined;
}

/** The end of a command, as recorded by its supervisor. */
type DetachedEnd = Extract<DetachedState, { readonly status: number }>;

/** The first and the longest poll interval, in milliseconds. A user notices a longer one. */
const [FIRST_POLL_MS, MAX_POLL_MS] = [10, 250];
/** The interval of process checks, in milliseconds. Each one starts a process. */
const PROCESS_CHECK_MS = 2_000;
/** How long a supervisor may take to record the end of a stopped command, in milliseconds. */
const END_RECORD_MS = 5_000;

const STREAMS: readonly StreamName[] = ["stdout", "stderr"];

/** How following the command ended. */
type DetachedOver =
  | { readonly kind: "left" }
  | { readonly kind: "lost"; readonly check: ProcessCheck }
  | {
    readonly kind: "ended";
    readonly stop: StopReason | undefined;
    readonly ended: DetachedEnd | undefined;
  };

/** A detached command that was started. Disposing stops it, unless it was left. */
export class DetachedCommand implements AsyncDisposable {
  readonly #supervisor: Supervisor;
  readonly #options: DetachedCommandOptions;
  readonly #clock: Clock;
  readonly #first: FirstProcess;
  readonly #spools: Readonly<Record<StreamName, Spool>>;
  readonly #order: SpoolOrder;
  readonly #polled = new Notifier();
  readonly #stop = new StopWait();
  readonly #over: Promise<DetachedOver>;
  #pollMs = FIRST_POLL_MS;
  /** Whether the supervisor is a live child of this process. */
  #isChild: boolean;
  /** When the processes were last checked. */
  #checkedMs = -Infinity;
  readonly #wake = new Notifier();
  /** Whether the output is complete, or the command was left. */
  #isSettled = false;
  #isOver = false;

  /** Starts to poll. Throws if the folder cannot be used. */
  constructor(supervisor: Supervisor, options: DetachedCommandOptions) {
    const { folder, maxOutput, clock = systemClock, supervisorEnded } = options;
    this.#supervisor = supervisor;
    this.#options = options;
    this.#clock = clock;
    this.#first = supervisor.firstProcess();
    this.#order = new SpoolOrder(`${folder}/order`);
    this.#spools = {
      stdout: new Spool(folder, "stdout", maxOutput),
      stderr: new Spool(folder, "stderr", maxOutput),
    };
    this.#isChild = supervisorEnded !== undefined;
    const orphan = () => this.#childEnded();
    supervisorEnded?.then(orphan, orphan);
    // An earlier process may have died before it could stop the command.
    if (supervisor.stopReason() === "cancelled") this.#stop.cancel(); // check: cancel-finished
    this.#over = this.#watch();
    this.#over.catch(() => {}); // `end()` reports the error.
  }

  /** The id of the command's first process and of its group. */
  get pid(): number {
    return this.#first.pid;
  }

  /**
   * Yields the output of both streams as it arrives, until both have ended or the command is left.
   */
  async *output(): AsyncGenerator<ExecOutput, void, void> {
    while (!this.#isLeft()) {
      const isOver = this.#isOver;
      const piece = this.#next(isOver);
      if (piece) {
        this.#pollMs = FIRST_POLL_MS;
        yield piece;
      } else if (isOver) return;
      else await this.#polled.wait();
    }
  }

  /**
   * Returns how the command ended. Call it when {@linkcode DetachedCommand.output} has yielded all.
   */
  async end(): Promise<ExecEnd> {
    const over = await this.#over;
    if (over.kind === "left") return over;
    if (over.kind === "lost") return { kind: "lost", reason: lostReason(over.check) };
    const { stop, ended } = over;
    const report = this.#report(ended);
    if (stop !== undefined || ended === undefined) return { kind: stop ?? "cancelled", report };
    if (ended.kind === "exited") return { kind: "exited", code: ended.status, report };
    return { kind: "signalled", signal: signalName(ended.status), report };
  }

  /** Stops the command unless it has ended or was left, and closes its files. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.cancel();
    await this.#over.catch(() => {});
    this.#order[Symbol.dispose]();
    STREAMS.forEach((stream) => this.#spools[stream][Symbol.dispose]());
  }

  async #watch(): Promise<DetachedOver> {
    const { timeoutMs, signal } = this.#options;
    const over = new AbortController();
    const polling = this.#pollUntil(over.signal);
    try {
      const stop = await this.#stop.wait(polling, { timeoutMs, clock: this.#clock, signal });
      if (this.#isLeft()) return { kind: "left" };
      this.#isSettled = true;
      return await (stop === undefined ? this.#settle(polling) : this.#stopCommand(stop, polling));
    } finally {
      over.abort();
      this.#wake.notify();
      await polling.catch(() => {}); // A failure is thrown above.
      this.#isOver = true;
      this.#polled.notify();
    }
  }

  /**
   * Determines how the command ended. Without its supervisor a command has no limits, so it is
   * stopped.
   */
  async #settle(polling: Promise<PollResult>): Promise<DetachedOver> {
    const found = await polling;
    // check: end-cause
    if (found.kind !== "gone") {
      return { kind: "ended", stop: this.#supervisor.stopReason(), ended: found };
    }
    await this.#endProcesses(found.check, Promise.resolve());
    return { kind: "lost", check: found.check };
  }

  /** Stops the command and waits for its supervisor to record the end. */
  async #stopCommand(stop: StopReason, polling: Promise<PollResult>): Promise<DetachedOver> {
    const check = await this.#supervisor.checkProcesses();
    const found = check?.supervisorAlive === false ? lastPoll(this.#supervisor, check) : undefined;
    if (found) return await this.#settle(Promise.resolve(found));
    this.#supervisor.recordStop(stop);
    this.#pollMs = FIRST_POLL_MS;
    this.#wake.notify();
    await this.#endProcesses(check, polling);
    const last = await withTimeout(END_RECORD_MS, polling);
    return { kind: "ended", stop, ended: last?.kind === "gone" ? undefined : last };
  }

  /**
   * Ends the process group. Without its first process, the group id may belong to another by now.
   */
  async #endProcesses(check: ProcessCheck | undefined, ended: Promise<unknown>): Promise<void> {
    if (check?.commandAlive !== false) await this.#groupOf(ended).end(); // check: group-alive
    else await killMarked(this.#options.job);
  }

  #groupOf(status: Promise<unknown>): ProcessGroup {
    const { pid } = this.#first;
    const kill = (signal: Deno.Signal) => void process.kill(pid, signal);
    return new ProcessGroup({ pid, status, kill }, this.#options.job);
  }

  /** Polls until the command has ended, its supervisor has died, or `over` is aborted. */
  async #pollUntil(over: AbortSignal): Promise<PollResult> {
    while (true) {
      const state = this.#supervisor.state();
      if ("status" in state) return state;
      this.#polled.notify();
      const check = await this.#checkProcesses();
      if (check?.supervisorAlive === false) return lastPoll(this.#supervisor, check);
      if (!over.aborted) await this.#pause();
      if (over.aborted) return lastPoll(this.#supervisor, GONE);
    }
  }

  /** Checks the processes if a check is due. */
  async #checkProcesses(): Promise<ProcessCheck | undefined> {
    if (this.#isChild || performance.now() - this.#checkedMs < PROCESS_CHECK_MS) return undefined;
    this.#checkedMs = performance.now();
    return await this.#supervisor.checkProcesses();
  }

  /** Waits for the next poll. */
  async #pause(): Promise<void> {
    const pollMs = this.#pollMs;
    this.#pollMs = Math.min(2 * pollMs, MAX_POLL_MS);
    await withTimeout(pollMs, this.#wake.wait());
  }

  /** Notes the end of the child: the supervisor, or only the program that started it. */
  #childEnded(): void {
    this.#isChild = false;
    this.#wake.notify();
  }

  #isLeft(): boolean {
    return !this.#isSettled && this.#options.signal?.reason === AGENT_STOPPING;
  }

  #next(isOver: boolean): ExecOutput | undefined {
    const { due } = this.#order;
    if (due) return this.#replay(due.stream, due.bytes, isOver);
    for (const stream of STREAMS) {
      const piece = this.#spools[stream].take(isOver);
      if (!piece) continue;
      this.#recordOrder(stream, piece.bytes.length);
      return { kind: "output", stream, ...piece };
    }
    return undefined;
  }

  /** Returns the next piece in the order that an earlier process sent. */
  #replay(stream: StreamName, bytes: number, isOver: boolean): ExecOutput | undefined {
    const piece = this.#spools[stream].take(isOver, bytes);
    if (piece) this.#order.advance(piece.bytes.length);
    return piece && { kind: "output", stream, ...piece };
  }

  /**
   * Records the order of the output. On a full disk a restart loses it, and hubs detect a wrong
   * digest.
   */
  #recordOrder(stream: StreamName, bytes: number): void {
    try {
      this.#order.add(stream, bytes);
    } catch {
      // See above.
    }
  }

  #report(ended: DetachedEnd | undefined): ExecReport {
    const { startMs, upMs } = this.#first;
    const durationMs = Math.max(0, ended ? ended.upMs - upMs : this.#clock.now() - startMs);
    const [stdout, stderr] = [this.#spools.stdout.report(), this.#spools.stderr.report()];
    return { startMs, endMs: startMs + durationMs, durationMs, stdout, stderr };
  }
}

/** The outcome of polling. */
type PollResult = DetachedEnd | { readonly kind: "gone"; readonly check: ProcessCheck };

/** Replaces the process check if the agent stops waiting for the end. */
const GONE: ProcessCheck = {
  rebooted: false,
  supervisorAlive: false,
  commandAlive: false,
  elapsedMs: 0,
};

/** Polls once more: a dead supervisor may have recorded the end just before it died. */
function lastPoll(supervisor: Supervisor, check: ProcessCheck): PollResult {
  const state = supervisor.state();
  return "status" in state ? state : { kind: "gone", check };
}

function lostReason({ rebooted }: ProcessCheck): string {
  return rebooted
    ? "the host rebooted before the command ended"
    : "the supervisor was killed, and the command with it";
}

/** Returns the name of a signal, or its number if it has no name. */
function signalName(number: number): string {
  const named = Object.entries(constants.signals).find(([, value]) => value === number);
  return named?.[0] ?? `SIG${number}`;
}
