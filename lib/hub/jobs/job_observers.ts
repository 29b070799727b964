/**
 * Tells several observers of one job: first the writer, which decides what agents may forget, then
 * the followers.
 * @module
 */
import type { JobSink, VerifiedState } from "../../protocol/job/host_state.ts";
import type { StreamPiece } from "../../protocol/agent/streams.ts";

/** Passes on what becomes known of a job. */
export class JobObservers implements JobSink {
  readonly #keeper: JobSink;
  readonly #others = new Set<Omit<JobSink, "settle">>();
  #closed = false;

  /** Only `keeper` decides what agents may forget. */
  constructor(keeper: JobSink) {
    this.#keeper = keeper;
  }

  /** Passes everything on to `sink`, too, until disposed of. */
  add(sink: Omit<JobSink, "settle">): Disposable {
    this.#others.add(sink);
    return { [Symbol.dispose]: () => void this.#others.delete(sink) };
  }

  /** Passes nothing on any more, and lets agents forget nothing. */
  close(): void {
    this.#closed = true;
    this.#others.clear();
  }

  /** Passes on a state. */
  state(node: string, state: VerifiedState): Promise<void> | void {
    if (this.#closed) return Promise.reject(new Error("the job is not looked after any more"));
    const keeping = this.#keeper.state(node, state);
    for (const sink of this.#others) sink.state(node, state);
    return keeping;
  }

  /** Passes on output; it is as slow as the slowest. */
  output(node: string, piece: StreamPiece): Promise<void> | void {
    if (this.#closed) return;
    const slow: Promise<void>[] = [];
    for (const sink of [this.#keeper, ...this.#others]) {
      const taking = sink.output(node, piece);
      if (taking) slow.push(taking.catch(() => {}));
    }
    if (slow.length > 0) return Promise.all(slow).then(() => {});
  }

  /** Asks the keeper. */
  settle(node: string): Promise<void> | void {
    if (this.#closed) return Promise.reject(new Error("the job is not looked after any more"));
    return this.#keeper.settle?.(node);
  }
}
