/**
 * A job of which some hosts are not asked: the hub knows their agents by other keys than we do.
 * Imports `envelope` and `hub` types.
 * @module
 */
import type { HubMessage } from "../envelope/session.ts";
import type { HostState } from "../hub/host_state.ts";
import type { JobSink } from "../hub/job_sink.ts";
import { anotherKey } from "./proven_result.ts";
import type { QueueJob } from "./queue.ts";

/** Who is not asked. */
export interface Strangers {
  /** Their names, none of which the job itself knows. */
  readonly strangers: ReadonlySet<string>;
  /** Whether hosts wait for their turns. */
  readonly held: boolean;
  /** Told how they end. */
  readonly sink: JobSink;
}

/** The job. The hub hears nothing of the strangers, each of whom ends when its turn comes. */
export class JobWithoutStrangers implements QueueJob {
  readonly #job: QueueJob;
  readonly #sink: JobSink;
  readonly #waiting: Set<string>;
  readonly #over = Promise.withResolvers<void>();

  /** Ends the strangers now, unless hosts wait for their turns. */
  constructor(job: QueueJob, { strangers, held, sink }: Strangers) {
    this.#job = job;
    this.#sink = sink;
    this.#waiting = new Set(strangers);
    if (!held) this.#refuse(strangers);
  }

  /** The id of the request. */
  get id(): string {
    return this.#job.id;
  }

  /** Resolves when every host is in a final state, strangers too. */
  get over(): Promise<void> {
    return Promise.all([this.#job.over, this.#over.promise]).then(() => {});
  }

  /** It is the turn of `nodes`. */
  release(nodes: Iterable<string>): void {
    const [strangers, others] = [new Set<string>(), new Set<string>()];
    for (const node of nodes) (this.#waiting.has(node) ? strangers : others).add(node);
    if (others.size > 0) this.#job.release(others);
    this.#refuse(strangers);
  }

  /** Nobody else gets a turn. */
  withhold(): void {
    this.#job.withhold();
    this.#end(this.#waiting, () => ({ kind: "skipped" }));
  }

  /** Has the command stopped where it runs, or on `node` alone. */
  cancel(message: HubMessage, node?: string): void {
    this.#job.cancel(message, node);
    if (node === undefined) this.#refuse(this.#waiting);
    else if (this.#waiting.has(node)) this.#refuse([node]);
  }

  /** Has stay what the command has changed. */
  confirm(message: HubMessage): void {
    this.#job.confirm(message);
  }

  /** Waits no longer. */
  giveUp(reason?: string): void {
    this.#job.giveUp(reason);
    this.#refuse(this.#waiting);
  }

  #refuse(nodes: Iterable<string>): void {
    this.#end(nodes, (node) => ({ kind: "expired", reason: anotherKey(node) }));
  }

  #end(nodes: Iterable<string>, how: (node: string) => HostState): void {
    for (const node of [...nodes]) {
      // Whoever hears of one may have all of them end.
      if (this.#waiting.delete(node)) void this.#sink.state(node, how(node));
    }
    if (this.#waiting.size === 0) this.#over.resolve();
  }
}
