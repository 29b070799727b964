/**
 * Several files in one run of the program.
 * @module
 */
import { EXIT_INTERRUPTED, EXIT_OK } from "../exit_code.ts";
import type { OutputChoice } from "../options/output_options.ts";

/** What it depends on. */
export interface Sequence {
  /** Aborted when the program is to end early. */
  readonly signal: AbortSignal;
  /** What the command line says. */
  readonly options: { readonly output: Pick<OutputChoice, "maxrc"> };
}

/**
 * Does `action` with each of `items` until it is interrupted.
 * @returns one exit status for all: what went wrong anywhere, or the largest if that was asked for
 */
export async function oneAfterAnother<T>(
  items: readonly T[],
  { signal, options }: Sequence,
  action: (item: T) => Promise<number>,
): Promise<number> {
  let all = EXIT_OK;
  for (const item of items) {
    if (signal.aborted) return EXIT_INTERRUPTED;
    const status = await action(item);
    if (status === EXIT_INTERRUPTED) return status;
    all = options.output.maxrc ? Math.max(all, status) : all | status;
  }
  return all;
}
