/**
 * What the kernel says of a process (proc(5)). Linux only.
 * @module
 */

/** How many clock ticks a second has for user space, on every architecture that Deno runs on. */
const TICK_MS = 10;

/** The figures of one process now. */
export interface ProcessFigures {
  /** How much memory it has, in MiB. */
  readonly rss: number;
  /** How much it has had at most, in MiB. */
  readonly peak: number;
  /** How much processor time it has used, in milliseconds. */
  readonly cpuMs: number;
  /** How often its threads have gone to sleep of their own will. */
  readonly waits: number;
}

/** Reads the figures of the process `pid`. */
export function figuresOf(pid: number): ProcessFigures {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  // The name in front, in brackets, may have blanks.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ").map(Number);
  return {
    rss: mebibytes(status, "VmRSS"),
    peak: mebibytes(status, "VmHWM"),
    cpuMs: ((fields[11] ?? 0) + (fields[12] ?? 0)) * TICK_MS,
    waits: waitsOf(pid),
  };
}

function mebibytes(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1]) / 1_024;
}

function waitsOf(pid: number): number {
  let waits = 0;
  for (const { name } of Deno.readDirSync(`/proc/${pid}/task`)) {
    const status = Deno.readTextFileSync(`/proc/${pid}/task/${name}/status`);
    waits += Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1]);
  }
  return waits;
}
