/**
 * A command that runs attached to the agent: reads its output pipes, writes its standard input, and
 * ends it at the time limit or on cancel. After the command's own end, a pipe that another process
 * holds open is read for a limited time.
 * @module
 */
import { Notifier, withTimeout } from "../../base/async.ts";
import { type Clock, systemClock } from "../../base/clock.ts";
import type { Command, ExecEnd, ExecEvent, ExecOutput, ExecReport, StreamName } from "./command.ts";
import { OutputMask } from "./output_mask.ts";
import { OutputStore } from "./output_store.ts";
import { ProcessGroup, type StopReason, StopWait } from "./stopping.ts";

/** The longest wait, in all, for a pipe that another process holds open after the command's end. */
const DRAIN_MS = 1_000;

/**
 * How many bytes to read after the command's end. Its own output is in the pipe by then. A pipe
 * holds 64 KiB, and at most 1 MiB unless root raised the limit (pipe(7)). More output is from
 * another process.
 */
const DRAIN_BYTES = 2 * 1024 * 1024;

/** Half a pipe: larger reads leave more garbage behind than they save calls. */
const READ_BYTES = 32 * 1024;

/** The reading end of a pipe. */
class PipeReader {
  readonly #reader: ReadableStreamBYOBReader;
  #scratch: Uint8Array<ArrayBuffer> = new Uint8Array(READ_BYTES);
  #state: "open" | "complete" | "closed" = "open";
  #draining = false;
  #msLeft = DRAIN_MS;
  #bytesLeft = DRAIN_BYTES;
  #waitingSince: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Wraps `pipe`, the `stdout` or `stderr` of a child process. */
  constructor(pipe: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#reader = pipe.getReader({ mode: "byob" });
  }

  /** Whether the pipe was read to its end: no process holds its other side. */
  get complete(): boolean {
    return this.#state === "complete";
  }

  /** Waits for bytes; `undefined` at the end. They are valid until the next call. Never rejects. */
  async read(): Promise<Uint8Array | undefined> {
    if (this.#bytesLeft <= 0) await this.close();
    if (this.#state !== "open") return undefined;
    this.#startWaiting();
    try {
      const { value, done } = await this.#reader.read(this.#scratch);
      if (!done) return this.#accept(value);
      if (this.#state === "open") this.#state = "complete";
      return undefined;
    } catch {
      return undefined; // A pipe that cannot be read counts as ended.
    } finally {
      this.#stopWaiting();
    }
  }

  /** Limits the reading in time and size from now on, because the command has ended. */
  drain(): void {
    this.#draining = true;
    if (this.#waitingSince !== undefined) this.#startWaiting();
  }

  /** Stops reading; other writers get EPIPE. */
  async close(): Promise<void> {
    if (this.#state === "open") this.#state = "closed";
    await this.#reader.cancel().catch(() => {});
  }

  #accept(bytes: Uint8Array<ArrayBuffer>): Uint8Array {
    // The read detached the scratch buffer; its memory returns under a new name.
    this.#scratch = new Uint8Array(bytes.buffer);
    if (this.#draining) this.#bytesLeft -= bytes.length;
    return bytes;
  }

  #startWaiting(): void {
    this.#waitingSince = performance.now();
    if (this.#draining) this.#timer = setTimeout(() => this.close(), this.#msLeft);
  }

  /** Limits the waiting. Only time spent waiting counts, so that a slow receiver loses nothing. */
  #stopWaiting(): void {
    clearTimeout(this.#timer);
    if (this.#draining) this.#msLeft -= performance.now() - (this.#waitingSince ?? 0);
    this.#waitingSince = undefined;
  }
}

/** Options of a running command. */
export interface RunningCommandOptions {
  /** The request id that marks its processes. */
  readonly job: string;
  /** The source of time; the system clock by default. */
  readonly clock?: Clock;
  /** Cancels the command. */
  readonly signal?: AbortSignal;
}

/** The end of a command, before its output is complete. */
interface CommandOver {
  readonly stop: StopReason | undefined;
  readonly status: Deno.CommandStatus | undefined;
  readonly times: Omit<ExecReport, StreamName>;
}

/** One output stream on its way from the pipe to the receiver. */
interface OutputFlow {
  readonly stream: StreamName;
  readonly pipe: PipeReader;
  readonly store: OutputStore;
  /** Masks the command's secrets. */
  readonly mask: OutputMask | undefined;
  /** Signals that the receiver has taken something from the store. */
  readonly taken: Notifier;
}

/**
 * Supervises one child process with piped output from its start. Time limit and cancel work even if
 * nobody reads the output. Disposing stops a command that still runs.
 */
export class RunningCommand implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #group: ProcessGroup;
  readonly #outputs: readonly [OutputFlow, OutputFlow];
  readonly #added = new Notifier();
  readonly #stop = new StopWait();
  readonly #over: Promise<CommandOver>;
  #hasOutput = true;
  #abandoned = false;

  /** Wraps `child`, which leads its own process group, or is about to. */
  constructor(child: Deno.ChildProcess, command: Command, options: RunningCommandOptions) {
    this.#child = child;
    this.#group = new ProcessGroup(child, options.job);
    this.#outputs = [
      makeOutputFlow("stdout", child.stdout, command),
      makeOutputFlow("stderr", child.stderr, command),
    ];
    this.#over = this.#watch(command, options);
    this.#over.catch(() => {}); // `end()` reports the error.
  }

  /** The process id and group id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Yields the output of both streams as it arrives, until both have ended. */
  async *output(): AsyncGenerator<ExecOutput, void, void> {
    while (true) {
      let idle = true;
      for (const { stream, store, taken } of this.#outputs) {
        const piece = store.take();
        if (piece === undefined) continue;
        idle = false;
        yield { kind: "output", stream, ...piece };
        taken.notify();
      }
      if (!idle) continue;
      if (!this.#hasOutput) return;
      await this.#added.wait();
    }
  }

  /** Resolves when the command has ended and its output is complete. */
  get ended(): Promise<void> {
    return this.#over.then(() => {});
  }

  /**
   * Returns how the command ended. Call it when {@linkcode RunningCommand.output} has yielded all.
   */
  async end(): Promise<ExecEnd> {
    const { stop, status, times } = await this.#over;
    return toExecEnd({ stop, status, report: { ...times, ...this.#reports() } });
  }

  /** Stops the command if it still runs, and drops the remaining output. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#abandoned = true;
    this.#stop.cancel();
    for (const { pipe, taken } of this.#outputs) {
      await pipe.close();
      taken.notify();
    }
    await this.#over.catch(() => {});
  }

  async #watch(command: Command, options: RunningCommandOptions): Promise<CommandOver> {
    const { clock = systemClock } = options;
    const [startMs, start] = [clock.now(), clock.monotonic()];
    const flowed = Promise.all(this.#outputs.map((flow) => this.#pump(flow)));
    const stopped = Promise.withResolvers<void>();
    const fed = writeStdin(this.#child, command.stdin, stopped.promise);
    const { timeoutMs } = command;
    const stop = await this.#stop.wait(this.#child.status, {
      ...{ timeoutMs, clock },
      signal: options.signal,
    });
    if (command.stdin && "close" in command.stdin) command.stdin.close();
    if (stop !== undefined) await this.#group.end();
    stopped.resolve();
    const durationMs = clock.monotonic() - start;
    // A clock change makes no command longer, and none ends before its start.
    const times = { startMs, endMs: startMs + Math.round(durationMs), durationMs };
    for (const { pipe } of this.#outputs) pipe.drain();
    await flowed;
    this.#hasOutput = false;
    this.#added.notify();
    await withTimeout(DRAIN_MS, fed);
    // A process that hangs in the kernel (a dead file server) cannot be ended, so it is left
    // behind.
    const status =
      await (stop === undefined ? this.#child.status : withTimeout(DRAIN_MS, this.#child.status));
    return { stop, status, times };
  }

  async #pump({ pipe, store, mask, taken }: OutputFlow): Promise<void> {
    for (let bytes = await pipe.read(); bytes !== undefined; bytes = await pipe.read()) {
      store.add(mask ? mask.push(bytes) : bytes);
      this.#added.notify();
      while (store.full && !this.#abandoned) await taken.wait();
    }
    if (mask) store.add(mask.end());
    store.finish();
  }

  #reports(): Pick<ExecReport, StreamName> {
    const [stdout, stderr] = this.#outputs;
    return {
      stdout: stdout.store.report(stdout.pipe.complete),
      stderr: stderr.store.report(stderr.pipe.complete),
    };
  }
}

/** A started command, attached to the agent or detached. Disposing stops it, unless it was left. */
export interface StartedCommand extends AsyncDisposable {
  /** The id of its first process and of its process group. */
  readonly pid: number;
  /** Yields its output until both streams have ended. */
  output(): AsyncIterable<ExecOutput>;
  /** Returns how it ended. Call it after all of its output. */
  end(): Promise<ExecEnd>;
}

/**
 * Yields the events of `started` to its end. Before the last event it disposes of `files`, such as
 * the script. A command that was left still needs them.
 */
export async function* followCommand(
  started: StartedCommand,
  files: AsyncDisposableStack,
): AsyncGenerator<ExecEvent, void, void> {
  await using running = started;
  yield { kind: "started", pid: running.pid };
  yield* running.output();
  const end = await running.end();
  if (end.kind === "left") files.move();
  else await files.disposeAsync();
  yield end;
}

function makeOutputFlow(
  stream: StreamName,
  pipe: ReadableStream<Uint8Array<ArrayBuffer>>,
  { maxOutput, secrets }: Command,
): OutputFlow {
  const values = Object.values(secrets ?? {}).filter((value) => value !== "");
  return {
    stream,
    pipe: new PipeReader(pipe),
    store: new OutputStore(maxOutput),
    mask: values.length > 0 ? new OutputMask(values) : undefined,
    taken: new Notifier(),
  };
}

/**
 * Writes the command's standard input. Ends early if the command stops reading. Input that breaks off
 * is no end of file for the command: the pipe stays open until the command is `stopped`.
 */
async function writeStdin(
  child: Deno.ChildProcess,
  stdin: Command["stdin"],
  stopped: Promise<void>,
): Promise<void> {
  if (!stdin) return;
  const writer = child.stdin.getWriter();
  try {
    for await (const bytes of stdin instanceof Uint8Array ? [stdin] : stdin) {
      await writer.write(bytes);
    }
    await writer.close();
  } catch {
    await stopped; // check: input-cut
    await writer.abort().catch(() => {});
  }
}

function toExecEnd(
  { stop, status, report }: Omit<CommandOver, "times"> & { readonly report: ExecReport },
): ExecEnd {
  if (stop !== undefined || status === undefined) return { kind: stop ?? "cancelled", report };
  if (status.signal !== null) return { kind: "signalled", signal: status.signal, report };
  return { kind: "exited", code: status.code, report };
}
