/**
 * Reads passphrases: from a file, or typed on the terminal without being shown.
 * @module
 */
import { raceAbort } from "../../base/async.ts";
import { encodeUtf8 } from "../../base/bytes.ts";
import { UserError } from "../../base/errors.ts";
import { readNamedFile } from "../files/input_file.ts";
import { StopSignals } from "../process/stop_signals.ts";
import type { Terminal } from "../terminal/terminal.ts";

const MAX_PASSPHRASE_BYTES = 1_024;

/**
 * Returns the first line of a file.
 * @throws {UserError} if it cannot be read, other users can read it, or its first line is empty
 */
export async function readPassphraseFile(path: string): Promise<string> {
  const text = new TextDecoder().decode(await readNamedFile("passphrase file", path));
  const { isFile, mode } = await Deno.stat(path);
  if (isFile && (mode ?? 0) & 0o077) {
    throw new UserError(`passphrase file is readable by others: ${path}`, {
      hint: `restrict it: chmod 600 ${path}`,
    });
  }
  const [line = ""] = text.split("\n", 1);
  if (line === "") throw new UserError(`first line of the passphrase file is empty: ${path}`);
  return line;
}

/**
 * Asks for a passphrase on the terminal; an empty answer means "none". Always restores the echo of
 * the terminal.
 * @throws {UserError} if there is no terminal
 * @throws {DOMException} `AbortError` on Ctrl-C
 */
export async function askPassphrase(question: string, terminal: Terminal): Promise<string> {
  if (!Deno.stdin.isTerminal()) {
    throw new UserError("cannot ask for the passphrase: no terminal", {
      hint: "use --passphrase-file FILE",
    });
  }
  using stop = new StopSignals(); // a signal must not end the program before the terminal is restored
  Deno.stdin.setRaw(true); // set before the question, because some users type fast
  try {
    await terminal.write("stderr", encodeUtf8(question));
    return await raceAbort(readHiddenLine(keys()), stop.stopRequested);
  } finally {
    Deno.stdin.setRaw(false);
    await terminal.write("stderr", encodeUtf8("\n"));
  }
}

/** The codes of some keys on a raw terminal. */
const KEY_CODE = {
  interrupt: 0x03,
  end: 0x04,
  backspace: 0x08,
  newline: 0x0a,
  enter: 0x0d,
  kill: 0x15,
  space: 0x20,
  delete: 0x7f,
} as const;

/**
 * Reads `keys` up to Enter. Backspace removes a character, Ctrl-U all of them. Ignores other
 * control characters.
 * @throws {DOMException} `AbortError` on Ctrl-C
 * @throws {UserError} if the line is too long
 */
export async function readHiddenLine(keys: AsyncIterable<number>): Promise<string> {
  const typed: number[] = [];
  for await (const key of keys) {
    if (key === KEY_CODE.interrupt) interrupt();
    if (key === KEY_CODE.enter || key === KEY_CODE.newline || key === KEY_CODE.end) break;
    if (key === KEY_CODE.kill) typed.length = 0;
    else if (key === KEY_CODE.backspace || key === KEY_CODE.delete) eraseCharacter(typed);
    else if (key >= KEY_CODE.space) typed.push(key);
    if (typed.length > MAX_PASSPHRASE_BYTES) {
      throw new UserError(`passphrase is longer than ${MAX_PASSPHRASE_BYTES} bytes`);
    }
  }
  return new TextDecoder().decode(Uint8Array.from(typed));
}

/** Removes the last character. In UTF-8, all its bytes but the first are 10xxxxxx. */
function eraseCharacter(typed: number[]): void {
  while (((typed.pop() ?? 0) & 0xc0) === 0x80);
}

function interrupt(): never {
  throw new DOMException("interrupted", "AbortError");
}

/** Yields one key at a time, so that keys after Enter are left for the next question. */
async function* keys(): AsyncIterable<number> {
  const buffer = new Uint8Array(1);
  while (await Deno.stdin.read(buffer) !== null) yield buffer[0] ?? 0;
}
