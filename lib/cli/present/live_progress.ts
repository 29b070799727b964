/**
 * Progress while a command runs: a status line, and the remaining hosts for a person who presses
 * Enter. Also the status line while the program waits for agents to attach.
 * @module
 */
import { foldNodes } from "../../nodeset/sets/node_set.ts";
import type { Progress, ProgressCounts } from "../../trigger/results/followed_job.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** The maximum number of slowest hosts in the line. */
const MAX_SLOWEST = 10;

/**
 * Returns the line `120/200 done, 75 running, 3 failed, 2 lost, 40/s, ETA 2s, slowest web[3,7]`,
 * without the parts that are 0. `elapsedMs` is the time since the start, in milliseconds.
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

/** Returns the numbers, and one line per state with the hosts that have not ended. */
export function progressLines(progress: Progress): readonly string[] {
  const counts = progress.counts();
  const { done, total } = counts;
  const { running: _running, ...ended } = counts;
  return [
    [`${done} of ${total} ${total === 1 ? "host" : "hosts"} done`, ...countTexts(ended)].join(", "),
    ...remainingLines(progress),
  ];
}

/** Returns the lines without the numbers: none if all hosts have ended. */
export function remainingLines(progress: Progress): readonly string[] {
  return [
    ...remainingLine("running", progress.running),
    ...remainingLine("not started", progress.waiting),
    ...remainingLine("not delivered", progress.pending),
    ...remainingLine("later batches", progress.held),
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

/** Formats `7s`, `2m05s`, `3h20m`. */
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

/** The delay before anything is shown, in milliseconds. */
const QUIET_MS = 1_000;
/** The update interval of the line, in milliseconds. */
const UPDATE_MS = 250;

/** The settings of a progress display. */
export interface ProgressDisplay {
  /** Whether Enter prints the progress; `false` if the command reads standard input. */
  readonly readsKeys: boolean;
  /** The id for looking up the job later, if that is possible. */
  readonly job?: string | undefined;
}

/** Shows progress on `terminal` after one second, until disposed of. */
export function showProgress(
  progress: Progress,
  terminal: Terminal,
  { readsKeys, job }: ProgressDisplay,
): Disposable {
  const begun = performance.now();
  const text = () => progressLine(progress, performance.now() - begun);
  return showStatus(text, terminal, (shown) => {
    const { keyboard } = terminal;
    // Reading would stop a program in the background of a shell. A program with redirected output
    // often runs there.
    if (!readsKeys || !keyboard.isInteractive || !terminal.isTerminal("stdout")) return;
    shown.use(keyboard.watch(() => printProgress(progress, terminal, job)));
  });
}

/** Prints the progress on stderr. `job` is the id for looking up the job. */
export function printProgress(progress: Progress, terminal: Terminal, job?: string): void {
  const [first = "", ...others] = progressLines(progress);
  terminal.note(job === undefined ? first : `job ${job}: ${first}`);
  others.forEach((line) => terminal.note(line));
}

/** Shows the number of `attached` agents on `terminal` after one second, until disposed of. */
export function showWaiting(attached: () => number, terminal: Terminal): Disposable {
  return showStatus(() => `waiting for agents: ${attached()} attached`, terminal);
}

/**
 * Shows `text` in the status line after one second, until disposed of. Calls `onShown` once it is
 * shown.
 */
function showStatus(
  text: () => string,
  terminal: Terminal,
  onShown: (shown: DisposableStack) => void = () => {},
): Disposable {
  const stack = new DisposableStack();
  if (!terminal.hasStatusLine) return stack;
  const show = () => void terminal.status(text());
  const start = setTimeout(() => {
    show();
    const timer = setInterval(show, UPDATE_MS);
    stack.defer(() => void terminal.status(""));
    stack.defer(() => clearInterval(timer));
    onShown(stack);
  }, QUIET_MS);
  stack.defer(() => clearTimeout(start));
  return stack;
}
