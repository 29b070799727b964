/**
 * A question to the person at the terminal.
 * @module
 */
import { utf8 } from "../base/bytes.ts";
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
  await terminal.write("stderr", utf8(`${question} [y/N] `));
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => {
    terminal.write("stderr", utf8("\n"));
    reject(signal?.reason);
  };
  signal?.addEventListener("abort", abort, { once: true });
  try {
    return /^y(es)?$/i.test(await Promise.race([readLine(), aborted]));
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

async function readLine(): Promise<string> {
  const buffer = new Uint8Array(256);
  const count = await Deno.stdin.read(buffer) ?? 0;
  return new TextDecoder().decode(buffer.subarray(0, count)).trim();
}
