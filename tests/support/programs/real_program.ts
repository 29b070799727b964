/**
 * A process of one of our programs: its output so far, the wait for a line, and its end.
 *
 *     await using agent = new RealProgram(words, { env });
 *     await agent.says("stdout", /^Filtering on hostname: /);
 * @module
 */
import assert from "node:assert/strict";
import { concat } from "../../../lib/base/bytes.ts";

/** How a process ended. */
export interface Ended {
  readonly code: number;
  readonly signal: Deno.Signal | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The bytes of `stdout`. */
  readonly bytes: Uint8Array;
}

/** Options for starting a program. */
export interface RealProgramOptions {
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Its standard input; empty by default. */
  readonly stdin?: Uint8Array;
  /** Keeps its standard input open until it ends. */
  readonly stdinOpen?: boolean;
  /** Makes it the leader of a process group, so that Ctrl-C can be sent to the whole group. */
  readonly group?: boolean;
}

type StreamName = "stdout" | "stderr";

/** How long a program may take to stop, in milliseconds. */
const STOP_MS = 15_000;

/** A running process. Disposing it ends it. */
export class RealProgram implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #words: readonly string[];
  readonly #chunks: Readonly<Record<StreamName, Uint8Array[]>> = { stdout: [], stderr: [] };
  readonly #done: Promise<Ended>;
  readonly #closed = new Set<StreamName>();
  #changed = Promise.withResolvers<void>();

  /** Starts the program that `words` name. */
  constructor(words: readonly [string, ...string[]], options: RealProgramOptions) {
    const [program, ...args] = words;
    this.#words = words;
    this.#child = new Deno.Command(program, {
      args,
      clearEnv: true,
      env: { ...options.env },
      stdin: options.stdin ? "piped" : "null",
      stdout: "piped",
      stderr: "piped",
      detached: options.group ?? false,
    }).spawn();
    this.#done = this.#finish(options);
  }

  /** Its process id, and that of its group if it leads one. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Returns its output so far. */
  text(stream: StreamName): string {
    return new TextDecoder().decode(concat(this.#chunks[stream]));
  }

  /** Waits until `pattern` matches its output; fails if it ends before. */
  async says(stream: StreamName, pattern: RegExp): Promise<RegExpExecArray> {
    while (true) {
      const found = pattern.exec(this.text(stream));
      if (found) return found;
      if (this.#closed.has(stream)) {
        assert.fail(`${this.#title} never said ${pattern}:\n${this.#all}`);
      }
      await this.#changed.promise;
    }
  }

  /** Sends a signal; does nothing if it has ended. */
  kill(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
  }

  /** Waits for its end. */
  ended(): Promise<Ended> {
    return this.#done;
  }

  /** Stops it, and fails if it does not end. */
  async [Symbol.asyncDispose](): Promise<void> {
    let overdue = false;
    const timer = setTimeout(() => {
      overdue = true;
      this.kill("SIGKILL");
    }, STOP_MS);
    this.kill("SIGTERM");
    await this.#done;
    clearTimeout(timer);
    assert.ok(!overdue, `${this.#title} did not end:\n${this.#all}`);
  }

  get #title(): string {
    return this.#words.slice(-6).join(" ");
  }

  get #all(): string {
    return this.text("stdout") + this.text("stderr");
  }

  async #finish({ stdin, stdinOpen }: RealProgramOptions): Promise<Ended> {
    const { status } = this.#child;
    const open = stdinOpen ? status : undefined;
    const [{ code, signal }] = await Promise.all([
      status,
      this.#read("stdout"),
      this.#read("stderr"),
      stdin && feed(this.#child.stdin, stdin, open),
    ]);
    const [stdout, stderr] = [this.text("stdout"), this.text("stderr")];
    return { code, signal, stdout, stderr, bytes: concat(this.#chunks.stdout) };
  }

  async #read(stream: StreamName): Promise<void> {
    for await (const chunk of this.#child[stream]) {
      this.#chunks[stream].push(chunk);
      this.#tell();
    }
    this.#closed.add(stream);
    this.#tell();
  }

  #tell(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

/** Writes `bytes`, then closes the stream. A program need not read all of it. */
async function feed(
  stdin: WritableStream<Uint8Array>,
  bytes: Uint8Array,
  after: Promise<unknown> | undefined,
): Promise<void> {
  const writer = stdin.getWriter();
  try {
    await writer.write(bytes);
    await after;
    await writer.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
