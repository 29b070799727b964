/**
 * Asks a yes-or-no question at the terminal.
 * @module
 */
import { encodeUtf8 } from "../../base/bytes.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Asks a question; any answer but "y" or "yes" means no. Requires a terminal.
 * @throws the signal's reason when it is aborted
 */
export async function askYesNo(
  question: string,
  terminal: Terminal,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<boolean> {
  signal?.throwIfAborted();
  // The read starts before the question is shown, so that a fast answer is not taken by a watcher.
  const line = terminal.keyboard.readLine(signal ? { signal } : {});
  try {
    const [answer] = await Promise.all([
      line,
      terminal.write("stderr", encodeUtf8(`${question} [y/N] `)),
    ]);
    return /^y(es)?$/i.test(answer);
  } catch (error) {
    await terminal.write("stderr", encodeUtf8("\n"));
    throw error;
  }
}

/** Returns whether a user can be asked. */
export function canAsk(terminal: Terminal): boolean {
  return terminal.keyboard.isInteractive && terminal.isTerminal("stderr");
}
