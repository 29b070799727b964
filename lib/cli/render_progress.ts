/**
 * How far it is, in words: the line while it runs, and the lines for who asks. Pure; imports
 * `nodeset` and `trigger`.
 * @module
 */
import { foldNodes } from "../nodeset/sets/node_set.ts";
import type { Progress, ProgressCounts } from "../trigger/results/progress.ts";

/** So many of the hosts that have run longest are named in the line. */
const SLOWEST = 10;

/**
 * The line: `120/200 done, 75 running, 3 failed, 2 lost, 40/s, ETA 2s, slowest web[3,7]`. What is not
 * there is left out. `elapsedMs` is how long it has been under way, in milliseconds.
 */
export function progressLine(progress: Progress, elapsedMs: number): string {
  const counts = progress.counts();
  const slowest = [...progress.running.values().take(SLOWEST)];
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
    ...whoLines(progress),
  ];
}

/** The same without the numbers: nothing if all have ended. */
export function whoLines(progress: Progress): readonly string[] {
  return [
    ...whoLine("running", progress.running),
    ...whoLine("not begun", progress.waiting),
    ...whoLine("not reached", progress.pending),
    ...whoLine("turn to come", progress.held),
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
    `ETA ${timeText((total - done) / perSecond)}`,
  ];
}

/** `7s`, `2m05s`, `3h20m`. */
function timeText(seconds: number): string {
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

function whoLine(what: string, nodes: ReadonlySet<string>): readonly string[] {
  if (nodes.size === 0) return [];
  return [`${what}: ${foldNodes(nodes)}${nodes.size > 1 ? ` (${nodes.size})` : ""}`];
}
