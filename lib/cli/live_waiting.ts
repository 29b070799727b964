/**
 * A line on a terminal while it is not clear yet who is meant, because agents are still to come.
 * @module
 */
import type { Terminal } from "./terminal.ts";

/** Who waits for less than that is told nothing, in milliseconds. */
const QUIET_MS = 1_000;
/** How often the line is brought up to date, in milliseconds. */
const UPDATE_MS = 250;

/**
 * Says on `terminal` after a second that agents are waited for, and how many have `come`, until it is
 * disposed of.
 */
export function liveWaiting(come: () => number, terminal: Terminal): Disposable {
  const stack = new DisposableStack();
  if (!terminal.hasStatusLine) return stack;
  const show = () => void terminal.status(`waiting for agents: ${come()} attached so far`);
  const start = setTimeout(() => {
    show();
    const timer = setInterval(show, UPDATE_MS);
    stack.defer(() => void terminal.status(""));
    stack.defer(() => clearInterval(timer));
  }, QUIET_MS);
  stack.defer(() => clearTimeout(start));
  return stack;
}
