/**
 * A detached command as the current agent sees it: its output as it comes, its end, and its
 * cleanup. The counterpart of an attached running command; its supervisor does the work, and this
 * side reads the supervisor's files.
 * @module
 */
import process from "node:process";
import { constants } from "node:os";
import { type Clock, systemClock } from "../../base/clock.ts";
import { Notifier, withTimeout } from "../../base/async.ts";
import { AGENT_STOPPING } from "../exec/stop_reason.ts";
import type { ExecEnd, ExecOutput, ExecReport, StreamName } from "../exec/command.ts";
import type { DetachedState, FirstProcess, ProcessCheck, Supervisor } from "./supervisor.ts";
import { killMarked, ProcessGroup } from "../exec/process_group.ts";
import { Spool } from "./spool.ts";
import { SpoolOrder } from "./spool.ts";
import { type StopReason, StopWait } from "../exec/stop_reason.ts";

/** What is followed, and for how long. */
export interface DetachedCommandOptions {
  /** The mark in the environment of its processes. */
  readonly job: string;
  /** The folder of its supervisor. */
  readonly folder: string;
  /** How long it may still run, in milliseconds. */
  readonly timeoutMs: number;
  /** How many bytes of each stream are kept. */
  readonly maxOutput: number;
  /** Settles when the supervisor has ended, if this process can know. */
  readonly supervisorEnded?: Promise<unknown>;
  /** The source of time; the machine's own clock by default. */
  readonly clock?: Clock | undefined;
  /** Calls the command off; with {@linkcode AGENT_STOPPING}, leaves it to the agent's next process. */
  readonly signal?: AbortSignal | undefined;
}

/** A command that has ended, as its supervisor has written down. */
type DetachedEnd = Extract<DetachedState, { readonly status: number }>;

/** How often to look into the folder, at first and at most: as often as somebody may notice. */
const [FIRST_POLL_MS, MAX_POLL_MS] = [10, 250];
/** How often to look whether the supervisor lives, which takes a process each time. */
const PROCESS_CHECK_MS = 2_000;
/** How long a supervisor may take to write down the end of a command that was ended. */
const END_RECORD_MS = 5_000;

const STREAMS: readonly StreamName[] = ["stdout", "stderr"];

/** What became of it. */
type DetachedOver =
  | { readonly kind: "left" }
  | { readonly kind: "lost"; readonly check: ProcessCheck }
  | {
    readonly kind: "ended";
    readonly stop: StopReason | undefined;
    readonly ended: DetachedEnd | undefined;
  };

/** A detached command that was begun. Disposing ends it, unless it was left. */
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
  /** Whether the supervisor is a child of this process that has not ended. */
  #isChild: boolean;
  /** When it was last looked whether the supervisor lives. */
  #checkedMs = -Infinity;
  readonly #wake = new Notifier();
  /** Whether it is settled if the command is left; and whether nothing is added to its output. */
  #isSettled = false;
  #isOver = false;

  /** Begins to poll. Throws if the folder cannot be used. */
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
    // An earlier process may have died before it could end what it was to end.
    if (supervisor.stopReason() === "cancelled") this.#stop.cancel(); // check: cancel-finished
    this.#over = this.#watch();
    this.#over.catch(() => {}); // Whoever asks for the end hears of it.
  }

  /** The id of the command's first process and of its group. */
  get pid(): number {
    return this.#first.pid;
  }

  /** Yields the output of both streams as it comes, until both have ended or the command is left. */
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

  /** How the command ended. To be asked when {@linkcode DetachedCommand.output} has yielded all. */
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

  /** Ends the command if it still runs and was not left; lets go of its files. */
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
      await polling.catch(() => {}); // What has failed is thrown above.
      this.#isOver = true;
      this.#polled.notify();
    }
  }

  /** What a supervisor that is gone has left behind runs without limits, so it is ended. */
  async #settle(polling: Promise<PollResult>): Promise<DetachedOver> {
    const found = await polling;
    // check: end-cause
    if (found.kind !== "gone") {
      return { kind: "ended", stop: this.#supervisor.stopReason(), ended: found };
    }
    await this.#endProcesses(found.check, Promise.resolve());
    return { kind: "lost", check: found.check };
  }

  /** Ends the command; what its supervisor writes down of that is waited for. */
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

  /** Without its first process, the group of this number may be somebody else's by now. */
  async #endProcesses(check: ProcessCheck | undefined, ended: Promise<unknown>): Promise<void> {
    if (check?.commandAlive !== false) await this.#groupOf(ended).end(); // check: group-alive
    else await killMarked(this.#options.job);
  }

  #groupOf(status: Promise<unknown>): ProcessGroup {
    const { pid } = this.#first;
    const kill = (signal: Deno.Signal) => void process.kill(pid, signal);
    return new ProcessGroup({ pid, status, kill }, this.#options.job);
  }

  /** Polls until the command has ended, its supervisor is gone, or `over` is aborted. */
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

  /** Looks whether the supervisor lives, if that is not known and it is time to. */
  async #checkProcesses(): Promise<ProcessCheck | undefined> {
    if (this.#isChild || performance.now() - this.#checkedMs < PROCESS_CHECK_MS) return undefined;
    this.#checkedMs = performance.now();
    return await this.#supervisor.checkProcesses();
  }

  /** Waits until it is time to look again. */
  async #pause(): Promise<void> {
    const pollMs = this.#pollMs;
    this.#pollMs = Math.min(2 * pollMs, MAX_POLL_MS);
    await withTimeout(pollMs, this.#wake.wait());
  }

  /** What this process has started has ended: that was the supervisor, or only what has started it. */
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

  /** What an earlier process has handed on. */
  #replay(stream: StreamName, bytes: number, isOver: boolean): ExecOutput | undefined {
    const piece = this.#spools[stream].take(isOver, bytes);
    if (piece) this.#order.advance(piece.bytes.length);
    return piece && { kind: "output", stream, ...piece };
  }

  /** On a full disk a restart would lose the order, and hubs find that the digest is not right. */
  #recordOrder(stream: StreamName, bytes: number): void {
    try {
      this.#order.add(stream, bytes);
    } catch {
      // As said.
    }
  }

  #report(ended: DetachedEnd | undefined): ExecReport {
    const { startMs, upMs } = this.#first;
    const durationMs = Math.max(0, ended ? ended.upMs - upMs : this.#clock.now() - startMs);
    const [stdout, stderr] = [this.#spools.stdout.report(), this.#spools.stderr.report()];
    return { startMs, endMs: startMs + durationMs, durationMs, stdout, stderr };
  }
}

/** What polling has found. */
type PollResult = DetachedEnd | { readonly kind: "gone"; readonly check: ProcessCheck };

/** What is made of it when nobody waits for the end any more. */
const GONE: ProcessCheck = {
  rebooted: false,
  supervisorAlive: false,
  commandAlive: false,
  elapsedMs: 0,
};

/** A supervisor that is gone may have written the end down just before its own. */
function lastPoll(supervisor: Supervisor, check: ProcessCheck): PollResult {
  const state = supervisor.state();
  return "status" in state ? state : { kind: "gone", check };
}

function lostReason({ rebooted }: ProcessCheck): string {
  return rebooted
    ? "the host was started again before the command had ended"
    : "what watched over the command was killed, and the command with it";
}

/** The name of a signal; those that have none go by their number. */
function signalName(number: number): string {
  const named = Object.entries(constants.signals).find(([, value]) => value === number);
  return named?.[0] ?? `SIG${number}`;
}
