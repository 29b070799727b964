/**
 * How benchmarks print a figure beside what it should be.
 * @module
 */

/** One figure that was measured. */
export interface Figure {
  /** What was measured. */
  readonly what: string;
  /** The most that it should be. */
  readonly target: number;
  /** What it is. */
  readonly measured: number;
  /** The unit of both. */
  readonly unit: "ms" | "MiB" | "×" | "";
}

/** Prints it. */
export function printFigure({ what, target, measured, unit }: Figure): void {
  const shown = (value: number) => `${value.toFixed(unit === "×" ? 2 : 0)} ${unit}`.padStart(9);
  const verdict = measured <= target ? "" : "  MISSED";
  console.log(`${what.padEnd(58)} target ${shown(target)}  measured ${shown(measured)}${verdict}`);
}

/** The value in the middle. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

/** How long `action` takes, in milliseconds. */
export async function timed(action: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await action();
  return performance.now() - began;
}
