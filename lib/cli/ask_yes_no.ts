/**
 * A question to the person at the terminal.
 * @module
 */
import { utf8 } from "../base/bytes.ts";
import type { Terminal } from "./terminal.ts";

/** Asks; anything but "y" or "yes" means no. Only to be called where there is a terminal. */
export async function askYesNo(question: string, terminal: Terminal): Promise<boolean> {
  await terminal.write("stderr", utf8(`${question} [y/N] `));
  const buffer = new Uint8Array(256);
  const count = await Deno.stdin.read(buffer) ?? 0;
  const answer = new TextDecoder().decode(buffer.subarray(0, count)).trim().toLowerCase();
  return answer === "y" || answer === "yes";
}
