/**
 * In which order the pieces of two streams were handed on, in a file: hubs count the bytes of both
 * together, so the agent's next process must hand them on in the same order. It need not outlive a
 * power cut, for no command does. Needs write permission. Imports `command.ts` for types.
 * @module
 */
import type { StreamName } from "./command.ts";

/** Bytes of one stream that were handed on without any of the other in between. */
export interface Turn {
  /** Which of the two. */
  readonly stream: StreamName;
  /** At least one. */
  readonly bytes: number;
}

/** A turn in the file: one byte for the stream, six for the number, the lowest first. */
const TURN_BYTES = 7;
const STREAMS: readonly StreamName[] = ["stdout", "stderr"];

/** The order of one command's output. Disposing closes its file. */
export class SpoolOrder implements Disposable {
  readonly #file: Deno.FsFile;
  /** What an earlier process has handed on and this one has not. */
  readonly #due: Turn[];
  #last: Turn | undefined;
  #turns: number;

  /** Opens the file at `path`, making it if it is not there. */
  constructor(path: string) {
    this.#file = Deno.openSync(path, { read: true, write: true, create: true, mode: 0o600 });
    this.#due = readTurns(this.#file);
    this.#turns = this.#due.length;
    this.#last = this.#due.at(-1);
  }

  /** What is to be handed on next; `undefined` when that is open. */
  get due(): Turn | undefined {
    return this.#due[0];
  }

  /** So many bytes of what was due were handed on. */
  done(bytes: number): void {
    const turn = this.#due.shift();
    if (turn && bytes < turn.bytes) this.#due.unshift({ ...turn, bytes: turn.bytes - bytes });
  }

  /** So many bytes of `stream` are about to be handed on. Throws if that cannot be written. */
  add(stream: StreamName, bytes: number): void {
    const goesOn = this.#last?.stream === stream;
    const turn = { stream, bytes: bytes + (goesOn ? this.#last?.bytes ?? 0 : 0) };
    const index = goesOn ? this.#turns - 1 : this.#turns;
    this.#file.seekSync(index * TURN_BYTES, Deno.SeekMode.Start);
    this.#file.writeSync(encodeTurn(turn));
    this.#last = turn;
    this.#turns = index + 1;
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
  }
}

function encodeTurn({ stream, bytes }: Turn): Uint8Array {
  const turn = new Uint8Array(TURN_BYTES);
  turn[0] = STREAMS.indexOf(stream);
  for (let at = 1, rest = bytes; at < TURN_BYTES; at++, rest = Math.floor(rest / 256)) {
    turn[at] = rest % 256;
  }
  return turn;
}

/** A turn that was not written to its end was not handed on. */
function readTurns(file: Deno.FsFile): Turn[] {
  const bytes = new Uint8Array(file.statSync().size);
  for (let at = 0, read: number | null = 1; read && at < bytes.length; at += read ?? 0) {
    read = file.readSync(bytes.subarray(at));
  }
  const count = Math.floor(bytes.length / TURN_BYTES);
  return Array.from({ length: count }, (_, index) => {
    const turn = bytes.subarray(index * TURN_BYTES, (index + 1) * TURN_BYTES);
    const [stream = 0, ...number] = turn;
    const length = number.reduceRight((sum, byte) => sum * 256 + byte, 0);
    return { stream: STREAMS[stream] ?? "stdout", bytes: length };
  });
}
