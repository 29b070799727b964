/**
 * One side of the fan-out comparison: a process that publishes and, in another, its subscribers.
 * @module
 */
import assert from "node:assert/strict";

/** Milliseconds that one message took. */
export interface Round {
  /** How long the call that publishes lasted. */
  readonly call: number;
  /** From that call until the last subscriber had the whole message. */
  readonly last: number;
}

/** How to start one. Both commands get the port; each prints a line when it is ready. */
export interface ContestantOptions {
  readonly name: string;
  readonly publisher: (port: number) => readonly string[];
  readonly subscribers: (port: number) => readonly string[];
}

const NEWLINE = new TextEncoder().encode("\n");

/** A publisher with all its subscribers connected. Disposing it stops both processes. */
export class Contestant implements AsyncDisposable {
  readonly name: string;
  readonly #publisher: LineProcess;
  readonly #subscribers: LineProcess;

  constructor(name: string, publisher: LineProcess, subscribers: LineProcess) {
    this.name = name;
    this.#publisher = publisher;
    this.#subscribers = subscribers;
  }

  /** Starts both processes and waits until all subscribers are connected. */
  static async start({ name, publisher, subscribers }: ContestantOptions): Promise<Contestant> {
    const port = freePort();
    await using cleanup = new AsyncDisposableStack();
    const sending = cleanup.use(new LineProcess(publisher(port)));
    await sending.line();
    const receiving = cleanup.use(new LineProcess(subscribers(port)));
    await receiving.line();
    cleanup.move();
    return new Contestant(name, sending, receiving);
  }

  /** Has one message published. */
  async round(): Promise<Round> {
    await this.#publisher.write(NEWLINE);
    const [call, last] = await Promise.all([this.#publisher.line(), this.#subscribers.line()]);
    return { call: Number(call) / 1e6, last: Number(last) / 1e6 };
  }

  /** Stops both processes. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#subscribers[Symbol.asyncDispose]();
    await this.#publisher[Symbol.asyncDispose]();
  }
}

/** A process that one talks with line by line. */
class LineProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: ReadableStreamDefaultReader<string>;
  #text = "";

  constructor([program = "", ...args]: readonly string[]) {
    this.#child = new Deno.Command(program, { args, stdin: "piped", stdout: "piped" }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#output = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#input.write(bytes);
  }

  async line(): Promise<string> {
    while (!this.#text.includes("\n")) {
      const { value } = await this.#output.read();
      assert.ok(value !== undefined, "a process of the benchmark has ended");
      this.#text += value;
    }
    const end = this.#text.indexOf("\n");
    const line = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 1);
    return line;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it has ended already
    }
    await this.#child.status;
    await this.#output.cancel();
    await this.#input.abort().catch(() => {});
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
