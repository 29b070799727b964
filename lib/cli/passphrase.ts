/**
 * Passphrases: from a file, or asked for on the terminal without showing them.
 * @module
 */
import { utf8 } from "../base/bytes.ts";
import { UserError } from "./errors.ts";
import type { Terminal } from "./terminal.ts";

const MAX_BYTES = 1_024;

/**
 * The first line of a file.
 * @throws {UserError} if it cannot be read or is empty
 */
export async function readPassphraseFile(path: string): Promise<string> {
  const text = await Deno.readTextFile(path).catch((cause: Error) => {
    throw new UserError(`cannot read passphrase file ${path}: ${cause.message}`, { cause });
  });
  const [line = ""] = text.split("\n", 1);
  if (line === "") throw new UserError(`passphrase file ${path} begins with an empty line`);
  return line;
}

/**
 * Asks a person; an empty answer means "none".
 * @throws {UserError} if nobody is there to be asked
 */
export async function askPassphrase(question: string, terminal: Terminal): Promise<string> {
  if (!Deno.stdin.isTerminal()) {
    throw new UserError("a passphrase is needed, and there is no terminal to ask on", {
      hint: "give it with --passphrase-file",
    });
  }
  await terminal.write("stderr", utf8(question));
  Deno.stdin.setRaw(true, { cbreak: true });
  try {
    return await readHidden();
  } finally {
    Deno.stdin.setRaw(false);
    await terminal.write("stderr", utf8("\n"));
  }
}

/** Reads up to Enter; Backspace takes a character back. */
async function readHidden(): Promise<string> {
  const typed: number[] = [];
  const buffer = new Uint8Array(1);
  while (typed.length < MAX_BYTES) {
    const count = await Deno.stdin.read(buffer);
    const [byte = 0] = buffer;
    if (count === null || byte === 0x0a || byte === 0x0d) break;
    if (byte === 0x7f || byte === 0x08) typed.pop();
    else typed.push(byte);
  }
  return new TextDecoder().decode(Uint8Array.from(typed));
}
