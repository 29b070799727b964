/**
 * Runs a command on many hosts as one loop, for scripts, which iterate over what comes back.
 *
 * Example: `for await (const event of trigger(queue, { target, run }, { keys: [key] }))`, in which
 * `event.kind` is `output` or `ended`.
 * @module
 */
import { Notifier, onAbort } from "../base/async.ts";
import { UserError } from "../base/errors.ts";
import type { SecretKey } from "../envelope/keys/secret_key.ts";
import { foldNodes } from "../nodeset/sets/node_set.ts";
import type { Target } from "../nodeset/mod.ts";
import { collectHostResults, type HostResult } from "./results/host_result.ts";
import { prepareRequest, type RequestSpec, signedCancel } from "./requests/submission.ts";
import type { Queue, SubmittedJob } from "./queue/queue.ts";
import { resolve } from "./targets/resolve.ts";

/** What is to be run, and where. */
export type TriggerRequest =
  & Pick<RequestSpec, "target" | "run">
  & Partial<Omit<RequestSpec, "target" | "run">>;

/** How it is run. */
export interface TriggerOptions {
  /** Sign it. */
  readonly keys: readonly [SecretKey, ...SecretKey[]];
  /** How long hosts that are away are waited for, in milliseconds; 10 seconds by default. */
  readonly deliverMs?: number;
  /** Has the command stopped where it runs; the loop ends when the hosts have said how it ended. */
  readonly signal?: AbortSignal;
}

/** Something that came back. */
export type TriggerEvent =
  /** A host has printed something. While it is not taken, the command waits. */
  | {
    readonly kind: "output";
    readonly node: string;
    readonly stream: "stdout" | "stderr";
    readonly bytes: Uint8Array;
  }
  /** A host has ended: the last event of this host. */
  | { readonly kind: "ended"; readonly node: string; readonly end: HostResult };

const DELIVER_MS = 10_000;
/** The longest that a request may say. */
const RUN_MS = 3_600_000;
/** The least that a request lives: clocks differ. */
const MIN_LIFE_MS = 60_000;

/**
 * Runs a command on every host that is meant, and yields what comes back, until each of them has
 * ended. Whoever leaves the loop early has the command stopped.
 * @throws {UserError} if no host is meant, or the hub does not take it
 * @throws {EnvelopeError} `body` if the wish breaks a rule of requests
 */
export async function* trigger(
  queue: Queue,
  wish: TriggerRequest,
  options: TriggerOptions,
): AsyncGenerator<TriggerEvent, void, void> {
  const { keys, deliverMs = DELIVER_MS, signal } = options;
  const { target } = wish;
  const nodes = await resolveHosts(queue, target, options);
  const lifeMs = Math.max(deliverMs, MIN_LIFE_MS);
  const order = prepareRequest({ timeoutMs: RUN_MS, mode: "run", lifeMs, ...wish }, keys);
  const events = new EventQueue();
  const job = await queue.submit({ ...order, nodes, deliverMs }, collectHostResults(events));
  job.over.then(() => events.close());
  const stop = () => job.cancel(signedCancel({ job: job.id, target }, keys[0]));
  using _stop = onAbort(signal, stop);
  try {
    yield* events;
  } finally {
    stopUnlessOver(job, { isOver: events.closed, stop });
  }
}

async function resolveHosts(
  queue: Queue,
  target: Target,
  { deliverMs: maxMs = DELIVER_MS, signal }: TriggerOptions,
): Promise<readonly string[]> {
  const { nodes, unknown } = await resolve(queue, target, { maxMs, ...(signal && { signal }) });
  if (nodes.length > 0) return nodes;
  const absent = unknown.length > 0 ? `${foldNodes(unknown)}: not attached` : "nobody is attached";
  throw new UserError("no host is meant", { hint: absent });
}

function stopUnlessOver(
  job: SubmittedJob,
  { isOver, stop }: { isOver: boolean; stop: () => void },
): void {
  if (isOver) return;
  stop();
  job.giveUp();
}

/** What waits to be taken out of the loop. */
class EventQueue implements AsyncIterable<TriggerEvent> {
  readonly #waiting: { readonly event: TriggerEvent; readonly taken: () => void }[] = [];
  readonly #changed = new Notifier();
  closed = false;

  output(node: string, stream: "stdout" | "stderr", bytes: Uint8Array): Promise<void> {
    return new Promise((taken) => this.#add({ kind: "output", node, stream, bytes }, taken));
  }

  ended(node: string, end: HostResult): void {
    this.#add({ kind: "ended", node, end }, () => {});
  }

  close(): void {
    this.closed = true;
    this.#changed.notify();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TriggerEvent, void, void> {
    while (true) {
      for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
        yield next.event;
        next.taken();
      }
      if (this.closed) return;
      await this.#changed.wait();
    }
  }

  #add(event: TriggerEvent, taken: () => void): void {
    this.#waiting.push({ event, taken });
    this.#changed.notify();
  }
}
