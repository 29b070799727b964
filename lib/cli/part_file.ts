/**
 * A file that is written under another name, and gets its own when it is whole. Imports nothing.
 * @module
 */

/** One file on its way into a folder. Its owner alone can read it. */
export class PartFile {
  /** The path that it is to have. */
  readonly path: string;
  readonly #part: string;
  #file: Deno.FsFile | undefined;
  #last: Promise<void> = Promise.resolve();
  #length = 0;

  /** To be called `name` in `folder`; nothing is made yet. */
  constructor(folder: string, name: string) {
    const random = crypto.getRandomValues(new Uint8Array(8)).toHex();
    this.path = `${folder}/${name}`;
    this.#part = `${folder}/.${name}.${random}.part`;
  }

  /** How many bytes were handed in. */
  get length(): number {
    return this.#length;
  }

  /** Adds bytes; resolves when they are written, and rejects if they cannot be. */
  append(bytes: Uint8Array): Promise<void> {
    this.#length += bytes.length;
    this.#last = this.#last.then(() => this.#write(bytes));
    return this.#last;
  }

  /** Has it on disk and gives it its name, in the place of what has that name; not of a folder. */
  async keep(): Promise<void> {
    await this.append(new Uint8Array());
    await this.#file?.sync();
    this.#close();
    try {
      await Deno.rename(this.#part, this.path);
    } catch (error) {
      await Deno.remove(this.#part);
      throw error;
    }
  }

  /** Removes what is not whole; does nothing if there is nothing of it, or all. */
  async drop(): Promise<void> {
    await this.#last.catch(() => {});
    if (!this.#file) return;
    this.#close();
    await Deno.remove(this.#part);
  }

  async #write(bytes: Uint8Array): Promise<void> {
    // What is made anew follows no link.
    this.#file ??= await Deno.open(this.#part, { write: true, createNew: true, mode: 0o600 });
    let written = 0;
    while (written < bytes.length) written += await this.#file.write(bytes.subarray(written));
  }

  #close(): void {
    this.#file?.close();
    this.#file = undefined;
  }
}
