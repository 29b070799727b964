/**
 * Asks the person at the terminal a yes-or-no question.
 * @module
 */
import { encodeUtf8 } from "../../base/bytes.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Asks; anything but "y" or "yes" means no. Only to be called where there is a terminal.
 * @throws the signal's reason when it is aborted
 */
export async function askYesNo(
  question: string,
  terminal: Terminal,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<boolean> {
  signal?.throwIfAborted();
  // The question is open before it can be read: a line typed at once belongs to it, to no watcher.
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

/** Whether there is a person to be asked. */
export function canAsk(terminal: Terminal): boolean {
  return terminal.keyboard.isInteractive && terminal.isTerminal("stderr");
}
