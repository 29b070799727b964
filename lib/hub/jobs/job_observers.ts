/**
 * Passes the events of one job to several observers: first the writer, which decides what agents
 * may drop, then the followers.
 * @module
 */
import type { JobSink, VerifiedState } from "../../protocol/job/host_state.ts";
import type { StreamPiece } from "../../protocol/agent/streams.ts";

/** Distributes the events of a job. */
export class JobObservers implements JobSink {
  readonly #writer: JobSink;
  readonly #others = new Set<Omit<JobSink, "settle">>();
  #closed = false;

  /** Creates the observers; only `writer` decides what agents may drop. */
  constructor(writer: JobSink) {
    this.#writer = writer;
  }

  /** Adds `sink`, until disposed of. */
  add(sink: Omit<JobSink, "settle">): Disposable {
    this.#others.add(sink);
    return { [Symbol.dispose]: () => void this.#others.delete(sink) };
  }

  /** Stops all events, and lets agents drop nothing. */
  close(): void {
    this.#closed = true;
    this.#others.clear();
  }

  /** Passes on a state. */
  state(node: string, state: VerifiedState): Promise<void> | void {
    if (this.#closed) return Promise.reject(new Error("the job is not looked after any more"));
    const writing = this.#writer.state(node, state);
    for (const sink of this.#others) sink.state(node, state);
    return writing;
  }

  /** Passes on output, at the pace of the slowest observer. */
  output(node: string, piece: StreamPiece): Promise<void> | void {
    if (this.#closed) return;
    const slow: Promise<void>[] = [];
    for (const sink of [this.#writer, ...this.#others]) {
      const taking = sink.output(node, piece);
      if (taking) slow.push(taking.catch(() => {}));
    }
    if (slow.length > 0) return Promise.all(slow).then(() => {});
  }

  /** Settles the host in the writer. */
  settle(node: string): Promise<void> | void {
    if (this.#closed) return Promise.reject(new Error("the job is not looked after any more"));
    return this.#writer.settle?.(node);
  }
}
