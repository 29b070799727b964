/**
 * A command that was started: its output as it comes, its end, and its cleaning up.
 * May import its siblings about output and processes, and `lib/base`.
 * @module
 */

import { type Clock, systemClock } from "../base/clock.ts";
import { atMost } from "./at_most.ts";
import { Bell } from "./bell.ts";
import type { Command, ExecEnd, ExecOutput, ExecReport, StreamName } from "./command.ts";
import { OutputMask } from "./output_mask.ts";
import { OutputStore } from "./output_store.ts";
import { DRAIN_MS, PipeReader } from "./pipe_reader.ts";
import { ProcessGroup } from "./process_group.ts";
import { type Stop, StopWait } from "./stop_wait.ts";

/** What a running command depends on. */
export interface RunningOptions {
  /** The mark in the environment of its processes. */
  readonly job: string;
  /** The source of time, by default the machine's. */
  readonly clock?: Clock;
  /** Calls the command off. */
  readonly signal?: AbortSignal;
}

/** The end of a command, before it is known what became of its output. */
interface Over {
  readonly stop: Stop | undefined;
  readonly status: Deno.CommandStatus | undefined;
  readonly times: Omit<ExecReport, StreamName>;
}

/** One output stream on its way from the pipe to the receiver. */
interface Flow {
  readonly stream: StreamName;
  readonly pipe: PipeReader;
  readonly store: OutputStore;
  /** Takes the command's secrets out of it. */
  readonly mask: OutputMask | undefined;
  /** Rung when the receiver has dealt with something from the store. */
  readonly taken: Bell;
}

/**
 * Watches over one child process with piped output streams, from its start on. Time limit and
 * signal work whether or not anybody takes the output. Disposing ends what still runs.
 */
export class RunningCommand implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #group: ProcessGroup;
  readonly #flows: readonly [Flow, Flow];
  readonly #added = new Bell();
  readonly #stop = new StopWait();
  readonly #over: Promise<Over>;
  #flowing = true;
  #abandoned = false;

  /** Takes over `child`, which leads its own process group, or is about to. */
  constructor(child: Deno.ChildProcess, command: Command, options: RunningOptions) {
    this.#child = child;
    this.#group = new ProcessGroup(child, options.job);
    this.#flows = [
      makeFlow("stdout", child.stdout, command),
      makeFlow("stderr", child.stderr, command),
    ];
    this.#over = this.#watch(command, options);
    this.#over.catch(() => {}); // Whoever asks for the end hears of it.
  }

  /** The id of the process and of its group. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Yields the output of both streams as it comes, until both have ended. */
  async *output(): AsyncGenerator<ExecOutput, void, void> {
    while (true) {
      let idle = true;
      for (const { stream, store, taken } of this.#flows) {
        const piece = store.take();
        if (piece === undefined) continue;
        idle = false;
        yield { kind: "output", stream, ...piece };
        taken.ring();
      }
      if (!idle) continue;
      if (!this.#flowing) return;
      await this.#added.wait();
    }
  }

  /** Resolves when the command has ended, and nothing is added to its output any more. */
  get over(): Promise<void> {
    return this.#over.then(() => {});
  }

  /** How the command ended. To be asked when {@linkcode RunningCommand.output} has yielded all. */
  async end(): Promise<ExecEnd> {
    const { stop, status, times } = await this.#over;
    return describeEnd({ stop, status, report: { ...times, ...this.#reports() } });
  }

  /** Ends the command if it still runs, and throws away the output that nobody took. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#abandoned = true;
    this.#stop.cancel();
    for (const { pipe, taken } of this.#flows) {
      await pipe.close();
      taken.ring();
    }
    await this.#over.catch(() => {});
  }

  async #watch(command: Command, options: RunningOptions): Promise<Over> {
    const { clock = systemClock } = options;
    const [startMs, start] = [clock.now(), clock.monotonic()];
    const flowed = Promise.all(this.#flows.map((flow) => this.#pump(flow)));
    const fed = feed(this.#child, command.stdin);
    const { timeoutMs } = command;
    const stop = await this.#stop.of(this.#child.status, {
      ...{ timeoutMs, clock },
      signal: options.signal,
    });
    if (command.stdin && "close" in command.stdin) command.stdin.close();
    if (stop !== undefined) await this.#group.end();
    const durationMs = clock.monotonic() - start;
    // A clock that was set meanwhile does not make a command longer, or end before it began.
    const times = { startMs, endMs: startMs + Math.round(durationMs), durationMs };
    for (const { pipe } of this.#flows) pipe.drain();
    await flowed;
    this.#flowing = false;
    this.#added.ring();
    await atMost(DRAIN_MS, fed);
    // A process that hangs in the kernel (a dead file server) cannot be ended, only left behind.
    const status =
      await (stop === undefined ? this.#child.status : atMost(DRAIN_MS, this.#child.status));
    return { stop, status, times };
  }

  async #pump({ pipe, store, mask, taken }: Flow): Promise<void> {
    for (let bytes = await pipe.read(); bytes !== undefined; bytes = await pipe.read()) {
      store.add(mask ? mask.push(bytes) : bytes);
      this.#added.ring();
      while (store.full && !this.#abandoned) await taken.wait();
    }
    if (mask) store.add(mask.end());
    store.finish();
  }

  #reports(): Pick<ExecReport, StreamName> {
    const [stdout, stderr] = this.#flows;
    return {
      stdout: stdout.store.report(stdout.pipe.complete),
      stderr: stderr.store.report(stderr.pipe.complete),
    };
  }
}

function makeFlow(
  stream: StreamName,
  pipe: ReadableStream<Uint8Array<ArrayBuffer>>,
  { maxOutput, secrets }: Command,
): Flow {
  const values = Object.values(secrets ?? {}).filter((value) => value !== "");
  return {
    stream,
    pipe: new PipeReader(pipe),
    store: new OutputStore(maxOutput),
    mask: values.length > 0 ? new OutputMask(values) : undefined,
    taken: new Bell(),
  };
}

/** Writes the command's standard input; needs no reader, and ends when there is none. */
async function feed(child: Deno.ChildProcess, stdin: Command["stdin"]): Promise<void> {
  if (!stdin) return;
  const writer = child.stdin.getWriter();
  try {
    for await (const bytes of stdin instanceof Uint8Array ? [stdin] : stdin) {
      await writer.write(bytes);
    }
    await writer.close();
  } catch {
    // The command did not want all of it.
  }
}

function describeEnd(
  { stop, status, report }: Omit<Over, "times"> & { readonly report: ExecReport },
): ExecEnd {
  if (stop !== undefined || status === undefined) return { kind: stop ?? "cancelled", report };
  if (status.signal !== null) return { kind: "signalled", signal: status.signal, report };
  return { kind: "exited", code: status.code, report };
}
