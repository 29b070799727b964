/**
 * A program of others as a test's fixture: its output line by line, and at the end a look at how
 * it fared. Whatever we send, no peer may crash of it.
 *
 *     await using nanocat = new Program("nanocat", ["--sub", "--connect", url, "--hex"]);
 *     assert.equal(await nanocat.line(), …);
 * @module
 */
import assert from "node:assert/strict";

/** How programs in C end when something is wrong with them. */
const CRASHES: readonly string[] = ["SIGABRT", "SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGPIPE"];
const STOP_MS = 2_000;

/** A running program. Disposing it stops it, and fails the test if it has crashed. */
export class ForeignProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #name: string;
  readonly #lines: string[] = [];
  readonly #errors: Promise<string>;
  readonly #output: Promise<void>;
  #ended = false;
  #changed = Promise.withResolvers<void>();

  /** Starts `command`; `env` is added to the environment. */
  constructor(command: string, args: readonly string[], env: Record<string, string> = {}) {
    this.#name = command;
    this.#child = new Deno.Command(command, {
      args: [...args],
      env,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#errors = new Response(this.#child.stderr).text();
    this.#output = this.#read();
  }

  /** How it ended, once it has. */
  get status(): Promise<Deno.CommandStatus> {
    return this.#child.status;
  }

  /** The next line of its output, without its end. Rejects if the program ends before. */
  async line(): Promise<string> {
    while (true) {
      const line = this.#lines.shift();
      if (line !== undefined) return line;
      if (this.#ended) assert.fail(`${this.#name} has ended: ${await this.#errors}`);
      await this.#changed.promise;
    }
  }

  /** Stops it and waits for its end. */
  async [Symbol.asyncDispose](): Promise<void> {
    const timer = setTimeout(() => this.#kill("SIGKILL"), STOP_MS);
    this.#kill("SIGTERM");
    const { signal } = await this.status;
    clearTimeout(timer);
    await this.#output;
    const errors = await this.#errors;
    assert.ok(!CRASHES.includes(signal ?? ""), `${this.#name} crashed: ${signal} ${errors}`);
  }

  async #read(): Promise<void> {
    let rest = "";
    for await (const chunk of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const [first = "", ...others] = chunk.split("\n");
      rest += first;
      for (const line of others) {
        this.#lines.push(rest);
        rest = line;
      }
      this.#tell();
    }
    this.#ended = true;
    this.#tell();
  }

  #tell(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  #kill(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it has ended already
    }
  }
}
