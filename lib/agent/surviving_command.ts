/**
 * A command that may outlive its agent, watched by this one: its output as it comes, its end, and its
 * cleaning up. The counterpart of `running_command.ts` for what a keeper keeps.
 * May import its siblings about keepers and processes, and `lib/base`.
 * @module
 */
import process from "node:process";
import { constants } from "node:os";
import { type Clock, systemClock } from "../base/clock.ts";
import { atMost } from "./at_most.ts";
import { Bell } from "./bell.ts";
import { CLOSING } from "./closing.ts";
import type { ExecEnd, ExecOutput, ExecReport, StreamName } from "./command.ts";
import type { FirstProcess, Keeper, KeptState, Sighting } from "./keeper.ts";
import { killMarked, ProcessGroup } from "./process_group.ts";
import { Spool } from "./spool.ts";
import { SpoolOrder } from "./spool_order.ts";
import { type Stop, StopWait } from "./stop_wait.ts";

/** What is watched, and for how long. */
export interface SurvivingOptions {
  /** The mark in the environment of its processes. */
  readonly job: string;
  /** The folder of its keeper. */
  readonly folder: string;
  /** How long it may still run, in milliseconds. */
  readonly timeoutMs: number;
  /** How many bytes of each stream are kept. */
  readonly maxOutput: number;
  /** Settles when the keeper has ended, if this process can know. */
  readonly keeperEnded?: Promise<unknown>;
  /** The source of time, by default the machine's. */
  readonly clock?: Clock | undefined;
  /** Calls the command off; with {@linkcode CLOSING}, leaves it to the agent's next process. */
  readonly signal?: AbortSignal | undefined;
}

/** A command that has ended, as its keeper has written down. */
type Ended = Extract<KeptState, { readonly status: number }>;

/** How often to look into the folder, at first and at most: as often as somebody may notice. */
const [FIRST_LOOK_MS, LONGEST_LOOK_MS] = [10, 250];
/** How often to look whether the keeper lives, which takes a process each time. */
const SIGHTING_MS = 2_000;
/** How long a keeper may take to write down the end of a command that was ended. */
const LAST_WORDS_MS = 5_000;

const STREAMS: readonly StreamName[] = ["stdout", "stderr"];

/** What became of it. */
type Over =
  | { readonly kind: "left" }
  | { readonly kind: "lost"; readonly sighting: Sighting }
  | { readonly kind: "ended"; readonly stop: Stop | undefined; readonly ended: Ended | undefined };

/** Watches over a command that was begun. Disposing ends it, unless it was left. */
export class SurvivingCommand implements AsyncDisposable {
  readonly #keeper: Keeper;
  readonly #options: SurvivingOptions;
  readonly #clock: Clock;
  readonly #first: FirstProcess;
  readonly #spools: Readonly<Record<StreamName, Spool>>;
  readonly #order: SpoolOrder;
  readonly #looked = new Bell();
  readonly #stop = new StopWait();
  readonly #over: Promise<Over>;
  #lookMs = FIRST_LOOK_MS;
  /** Whether the keeper is a child of this process that has not ended. */
  #isOwn: boolean;
  /** When it was last looked whether the keeper lives. */
  #seenMs = -Infinity;
  #wake: (() => void) | undefined;
  /** Whether it is settled if the command is left; and whether nothing is added to its output. */
  #isSettled = false;
  #isOver = false;

  /** Begins to watch. Throws if the folder cannot be used. */
  constructor(keeper: Keeper, options: SurvivingOptions) {
    const { folder, maxOutput, clock = systemClock, keeperEnded } = options;
    this.#keeper = keeper;
    this.#options = options;
    this.#clock = clock;
    this.#first = keeper.first();
    this.#order = new SpoolOrder(`${folder}/order`);
    this.#spools = {
      stdout: new Spool(folder, "stdout", maxOutput),
      stderr: new Spool(folder, "stderr", maxOutput),
    };
    this.#isOwn = keeperEnded !== undefined;
    const orphan = () => this.#orphan();
    keeperEnded?.then(orphan, orphan);
    // An earlier process may have died before it could end what it was to end.
    if (keeper.stop() === "cancelled") this.#stop.cancel(); // check: cancel-finished
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
        this.#lookMs = FIRST_LOOK_MS;
        yield piece;
      } else if (isOver) return;
      else await this.#looked.wait();
    }
  }

  /** How the command ended. To be asked when {@linkcode SurvivingCommand.output} has yielded all. */
  async end(): Promise<ExecEnd> {
    const over = await this.#over;
    if (over.kind === "left") return over;
    if (over.kind === "lost") return { kind: "lost", reason: whyLost(over.sighting) };
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

  async #watch(): Promise<Over> {
    const { timeoutMs, signal } = this.#options;
    const over = new AbortController();
    const looking = this.#lookUntil(over.signal);
    try {
      const stop = await this.#stop.of(looking, { timeoutMs, clock: this.#clock, signal });
      if (this.#isLeft()) return { kind: "left" };
      this.#isSettled = true;
      return await (stop === undefined ? this.#settle(looking) : this.#endIt(stop, looking));
    } finally {
      over.abort();
      this.#wake?.();
      await looking.catch(() => {}); // What has failed is thrown above.
      this.#isOver = true;
      this.#looked.ring();
    }
  }

  /** What a keeper that is gone has left behind runs without limits, so it is ended. */
  async #settle(looking: Promise<Found>): Promise<Over> {
    const found = await looking;
    // check: end-cause
    if (found.kind !== "gone") return { kind: "ended", stop: this.#keeper.stop(), ended: found };
    await this.#endProcesses(found.sighting, Promise.resolve());
    return { kind: "lost", sighting: found.sighting };
  }

  /** Ends the command; what its keeper writes down of that is waited for. */
  async #endIt(stop: Stop, looking: Promise<Found>): Promise<Over> {
    const sighting = await this.#keeper.look();
    const found = sighting?.keeper === false ? lastLook(this.#keeper, sighting) : undefined;
    if (found) return await this.#settle(Promise.resolve(found));
    this.#keeper.noteStop(stop);
    this.#lookMs = FIRST_LOOK_MS;
    this.#wake?.();
    await this.#endProcesses(sighting, looking);
    const last = await atMost(LAST_WORDS_MS, looking);
    return { kind: "ended", stop, ended: last?.kind === "gone" ? undefined : last };
  }

  /** Without its first process, the group of this number may be somebody else's by now. */
  async #endProcesses(sighting: Sighting | undefined, ended: Promise<unknown>): Promise<void> {
    if (sighting?.command !== false) await this.#groupOf(ended).end(); // check: group-alive
    else await killMarked(this.#options.job);
  }

  #groupOf(status: Promise<unknown>): ProcessGroup {
    const { pid } = this.#first;
    const kill = (signal: Deno.Signal) => void process.kill(pid, signal);
    return new ProcessGroup({ pid, status, kill }, this.#options.job);
  }

  /** Looks again and again, until the command has ended, its keeper is gone, or it is enough. */
  async #lookUntil(over: AbortSignal): Promise<Found> {
    while (true) {
      const state = this.#keeper.state();
      if ("status" in state) return state;
      this.#looked.ring();
      const sighting = await this.#sighting();
      if (sighting?.keeper === false) return lastLook(this.#keeper, sighting);
      if (!over.aborted) await this.#pause();
      if (over.aborted) return lastLook(this.#keeper, GONE);
    }
  }

  /** Looks whether the keeper lives, if that is not known and it is time to. */
  async #sighting(): Promise<Sighting | undefined> {
    if (this.#isOwn || performance.now() - this.#seenMs < SIGHTING_MS) return undefined;
    this.#seenMs = performance.now();
    return await this.#keeper.look();
  }

  /** Waits until it is time to look again. */
  async #pause(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = setTimeout(resolve, this.#lookMs);
    this.#lookMs = Math.min(2 * this.#lookMs, LONGEST_LOOK_MS);
    await promise;
    clearTimeout(timer);
  }

  /** What this process has started has ended: that was the keeper, or only what has started it. */
  #orphan(): void {
    this.#isOwn = false;
    this.#wake?.();
  }

  #isLeft(): boolean {
    return !this.#isSettled && this.#options.signal?.reason === CLOSING;
  }

  #next(isOver: boolean): ExecOutput | undefined {
    const { due } = this.#order;
    if (due) return this.#again(due.stream, due.bytes, isOver);
    for (const stream of STREAMS) {
      const piece = this.#spools[stream].take(isOver);
      if (!piece) continue;
      this.#note(stream, piece.bytes.length);
      return { kind: "output", stream, ...piece };
    }
    return undefined;
  }

  /** What an earlier process has handed on. */
  #again(stream: StreamName, bytes: number, isOver: boolean): ExecOutput | undefined {
    const piece = this.#spools[stream].take(isOver, bytes);
    if (piece) this.#order.done(piece.bytes.length);
    return piece && { kind: "output", stream, ...piece };
  }

  /** On a full disk a restart would lose the order, and hubs find that the digest is not right. */
  #note(stream: StreamName, bytes: number): void {
    try {
      this.#order.add(stream, bytes);
    } catch {
      // As said.
    }
  }

  #report(ended: Ended | undefined): ExecReport {
    const { startMs, upMs } = this.#first;
    const durationMs = Math.max(0, ended ? ended.upMs - upMs : this.#clock.now() - startMs);
    const [stdout, stderr] = [this.#spools.stdout.report(), this.#spools.stderr.report()];
    return { startMs, endMs: startMs + durationMs, durationMs, stdout, stderr };
  }
}

/** What looking has found. */
type Found = Ended | { readonly kind: "gone"; readonly sighting: Sighting };

/** What is made of it when nobody waits for the end any more. */
const GONE: Sighting = { rebooted: false, keeper: false, command: false, elapsedMs: 0 };

/** A keeper that is gone may have written the end down just before its own. */
function lastLook(keeper: Keeper, sighting: Sighting): Found {
  const state = keeper.state();
  return "status" in state ? state : { kind: "gone", sighting };
}

function whyLost({ rebooted }: Sighting): string {
  return rebooted
    ? "the host was started again before the command had ended"
    : "what watched over the command was killed, and the command with it";
}

/** The name of a signal; those that have none go by their number. */
function signalName(number: number): string {
  const named = Object.entries(constants.signals).find(([, value]) => value === number);
  return named?.[0] ?? `SIG${number}`;
}
