/**
 * Progress while a command runs: a status line, and the remaining hosts for a person who presses
 * Enter. Also the status line while the program waits for agents to attach.
 * @module
 */
import { foldNodes } from "../../nodeset/sets/node_set.ts";
import type { Progress, ProgressCounts } from "../../trigger/results/progress.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** So many of the hosts that have run longest are named in the line. */
const MAX_SLOWEST = 10;

/**
 * The line: `120/200 done, 75 running, 3 failed, 2 lost, 40/s, ETA 2s, slowest web[3,7]`. What is not
 * there is left out. `elapsedMs` is how long it has been under way, in milliseconds.
 */
export function progressLine(progress: Progress, elapsedMs: number): string {
  const counts = progress.counts();
  const slowest = [...progress.running.values().take(MAX_SLOWEST)];
  return [
    `${counts.done}/${counts.total} done`,
    ...countTexts(counts),
    ...speedTexts(counts, elapsedMs),
    ...(slowest.length > 0 ? [`slowest ${foldNodes(slowest)}`] : []),
  ].join(", ");
}

/** Who is still to come: one line for each state that hosts are in. */
export function progressLines(progress: Progress): readonly string[] {
  const counts = progress.counts();
  const { done, total } = counts;
  const { running: _running, ...ended } = counts;
  return [
    [`${done} of ${total} ${total === 1 ? "host" : "hosts"} done`, ...countTexts(ended)].join(", "),
    ...remainingLines(progress),
  ];
}

/** The same without the numbers: nothing if all have ended. */
export function remainingLines(progress: Progress): readonly string[] {
  return [
    ...remainingLine("running", progress.running),
    ...remainingLine("not begun", progress.waiting),
    ...remainingLine("not reached", progress.pending),
    ...remainingLine("turn to come", progress.held),
  ];
}

function countTexts(counts: Partial<ProgressCounts>): readonly string[] {
  return (["running", "failed", "refused", "lost", "skipped"] as const).flatMap((kind) => {
    const count = counts[kind] ?? 0;
    return count > 0 ? [`${count} ${kind}`] : [];
  });
}

function speedTexts({ done, total }: ProgressCounts, elapsedMs: number): readonly string[] {
  if (done === 0 || done === total) return [];
  const perSecond = 1_000 * done / elapsedMs;
  return [
    `${perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond)}/s`,
    `ETA ${etaText((total - done) / perSecond)}`,
  ];
}

/** `7s`, `2m05s`, `3h20m`. */
function etaText(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole}s`;
  const [minutes, rest] = whole < 3_600
    ? [Math.floor(whole / 60), `${twoDigits(whole % 60)}s`]
    : [Math.floor(whole / 3_600), `${twoDigits(Math.floor(whole % 3_600 / 60))}m`];
  return `${minutes}${whole < 3_600 ? "m" : "h"}${rest}`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, "0");
}

function remainingLine(what: string, nodes: ReadonlySet<string>): readonly string[] {
  if (nodes.size === 0) return [];
  return [`${what}: ${foldNodes(nodes)}${nodes.size > 1 ? ` (${nodes.size})` : ""}`];
}

/** What is over by then needs no progress, in milliseconds. */
const QUIET_MS = 1_000;
/** How often the line is brought up to date, in milliseconds. */
const UPDATE_MS = 250;

/** Shows progress on `terminal` after a second, until it is disposed of. */
export class LiveProgress implements Disposable {
  readonly #progress: Progress;
  readonly #terminal: Terminal;
  readonly #keyboard: boolean;
  readonly #job: string | undefined;
  readonly #begun = performance.now();
  readonly #stack = new DisposableStack();

  /**
   * Begins to count the second. Without `keyboard`, what is typed is for somebody else. `job` is the id
   * by which it can be looked up later.
   */
  constructor(
    progress: Progress,
    terminal: Terminal,
    options: { readonly keyboard: boolean; readonly job?: string | undefined },
  ) {
    this.#progress = progress;
    this.#terminal = terminal;
    this.#keyboard = options.keyboard;
    this.#job = options.job;
    if (!terminal.hasStatusLine) return;
    const timer = setTimeout(() => this.#start(), QUIET_MS);
    this.#stack.defer(() => clearTimeout(timer));
  }

  /** Takes the line away. */
  [Symbol.dispose](): void {
    this.#stack.dispose();
  }

  #start(): void {
    this.#update();
    const timer = setInterval(() => this.#update(), UPDATE_MS);
    this.#stack.defer(() => this.#terminal.status(""));
    this.#stack.defer(() => clearInterval(timer));
    // In the background of a shell, reading would stop the program; who sends its output elsewhere
    // may have put it there.
    const { keyboard } = this.#terminal;
    if (!this.#keyboard || !keyboard.isInteractive || !this.#terminal.isTerminal("stdout")) return;
    this.#stack.use(keyboard.watch(() => printProgress(this.#progress, this.#terminal, this.#job)));
  }

  #update(): void {
    this.#terminal.status(progressLine(this.#progress, performance.now() - this.#begun));
  }
}

/** Says on stderr how far it is, and who is still to come; `job` is what it can be looked up by. */
export function printProgress(progress: Progress, terminal: Terminal, job?: string): void {
  const [first = "", ...others] = progressLines(progress);
  terminal.note(job === undefined ? first : `job ${job}: ${first}`);
  others.forEach((line) => terminal.note(line));
}

/** Who waits for less than that is told nothing, in milliseconds. */
const WAITING_QUIET_MS = 1_000;
/** How often the line is brought up to date, in milliseconds. */
const WAITING_UPDATE_MS = 250;

/**
 * Says on `terminal` after a second that agents are waited for, and how many have `come`, until it is
 * disposed of.
 */
export function showWaiting(come: () => number, terminal: Terminal): Disposable {
  const stack = new DisposableStack();
  if (!terminal.hasStatusLine) return stack;
  const show = () => void terminal.status(`waiting for agents: ${come()} attached so far`);
  const start = setTimeout(() => {
    show();
    const timer = setInterval(show, WAITING_UPDATE_MS);
    stack.defer(() => void terminal.status(""));
    stack.defer(() => clearInterval(timer));
  }, WAITING_QUIET_MS);
  stack.defer(() => clearTimeout(start));
  return stack;
}
