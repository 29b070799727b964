/**
 * A clock that can be set, for a real process; needs gcc.
 *
 *     using clock = await WrongClock.make(folder);
 *     const agent = here.start("exec", args, { env: clock.env });
 *     clock.set(3_600);
 * @module
 */
import { type ExternalProgram, findExternalProgram } from "../programs/external_programs.ts";

/** The compiler of the library that is loaded into the process. */
export const GCC: ExternalProgram = findExternalProgram("gcc", "gcc");

/** The clock of the processes that start with its environment. */
export class WrongClock implements Disposable {
  /** The environment that activates the clock. */
  readonly env: Readonly<Record<string, string>>;
  readonly #file: Deno.FsFile;

  /** Use {@linkcode WrongClock.make} instead. */
  constructor(library: string, path: string) {
    this.#file = Deno.openSync(path, { create: true, write: true });
    this.env = { LD_PRELOAD: library, CLOCK_SHIM: path };
    this.set(0);
  }

  /** Creates a correct clock, with its files in `folder`. */
  static async make(folder: string): Promise<WrongClock> {
    const source = new URL("clock_shim.c", import.meta.url).pathname;
    const library = `${folder}/clock_shim.so`;
    const args = ["-shared", "-fPIC", "-O1", "-o", library, source];
    const { success, stderr } = await new Deno.Command("gcc", { args }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    return new WrongClock(library, `${folder}/clock_offset`);
  }

  /** Sets the clock ahead by `aheadSeconds`; behind if negative. */
  set(aheadSeconds: number): void {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigInt64(0, BigInt(aheadSeconds), true);
    this.#file.seekSync(0, Deno.SeekMode.Start);
    // Write in place: the processes map these very bytes.
    this.#file.writeSync(bytes);
  }

  /** Closes the file; processes keep their clock. */
  [Symbol.dispose](): void {
    this.#file.close();
  }
}
