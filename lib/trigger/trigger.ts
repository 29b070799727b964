/**
 * Runs a command on many hosts as one loop, for scripts: they iterate over output and results.
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
import { FollowedJob } from "./results/followed_job.ts";
import type { HostResult, ResultListener } from "./results/host_result.ts";
import { requireCapabilities } from "./requests/capability_check.ts";
import { prepareRequest, type RequestSpec, signedCancel } from "./requests/submission.ts";
import type { Queue } from "./queue/queue.ts";
import { resolve } from "./targets/resolve.ts";

/** A command and its target. */
export type TriggerRequest =
  & Pick<RequestSpec, "target" | "run">
  & Partial<Omit<RequestSpec, "target" | "run">>;

/** Options of a run. */
export interface TriggerOptions {
  /** The keys that sign the request. */
  readonly keys: readonly [SecretKey, ...SecretKey[]];
  /** How long to wait for detached hosts, in milliseconds; 10 seconds by default. */
  readonly deliverMs?: number;
  /** Cancels the command when aborted; the loop ends with the results of the hosts. */
  readonly signal?: AbortSignal;
}

/** Output or a result of a host. */
export type TriggerEvent =
  /** Output of a host. The command waits until the loop has taken it. */
  | {
    readonly kind: "output";
    readonly node: string;
    readonly stream: "stdout" | "stderr";
    readonly bytes: Uint8Array;
  }
  /** The result of a host, its last event. */
  | { readonly kind: "ended"; readonly node: string; readonly end: HostResult };

const DELIVER_MS = 10_000;
/** The longest run time that a request may have. */
const RUN_MS = 3_600_000;
/** The shortest validity of a request, because clocks differ. */
const MIN_LIFE_MS = 60_000;

/**
 * Runs a command on every host of the target, and yields output and results until every host has
 * ended. Leaving the loop early cancels the command.
 * @throws {UserError} if the target matches no host, or the hub refuses the request
 * @throws {EnvelopeError} `body` if the request breaks a rule
 */
export async function* trigger(
  queue: Queue,
  request: TriggerRequest,
  options: TriggerOptions,
): AsyncGenerator<TriggerEvent, void, void> {
  const { keys, deliverMs = DELIVER_MS, signal } = options;
  const { target } = request;
  const nodes = await resolveHosts(queue, target, options);
  await requireCapabilities(request, nodes, queue);
  const lifeMs = Math.max(deliverMs, MIN_LIFE_MS);
  const order = prepareRequest({ timeoutMs: RUN_MS, mode: "run", lifeMs, ...request }, keys);
  const events = new EventQueue();
  const followed = new FollowedJob(nodes, { listeners: [events] });
  const job = await queue.submit({ ...order, nodes, deliverMs }, followed);
  job.over.then(() => events.close());
  const subject = { job: order.id, request: order.digest, target };
  const cancel = () => job.cancel(signedCancel(subject, keys[0]));
  using _cancelling = onAbort(signal, cancel);
  try {
    yield* events;
  } finally {
    if (!events.isClosed) {
      cancel();
      job.giveUp();
    }
  }
}

async function resolveHosts(
  queue: Queue,
  target: Target,
  { deliverMs: maxMs = DELIVER_MS, signal }: TriggerOptions,
): Promise<readonly string[]> {
  const { nodes, unknown } = await resolve(queue, target, { maxMs, ...(signal && { signal }) });
  if (nodes.length > 0) return nodes;
  const hint = unknown.length > 0
    ? `start nanoexec on ${foldNodes(unknown)}`
    : "start nanoexec on the hosts: none is attached";
  throw new UserError("target matches no host", { hint });
}

/** The events that the loop has not taken yet. */
class EventQueue implements AsyncIterable<TriggerEvent>, ResultListener {
  readonly #waiting: { readonly event: TriggerEvent; readonly taken: () => void }[] = [];
  readonly #changed = new Notifier();
  isClosed = false;

  output(node: string, stream: "stdout" | "stderr", bytes: Uint8Array): Promise<void> {
    return new Promise((taken) => this.#add({ kind: "output", node, stream, bytes }, taken));
  }

  ended(node: string, end: HostResult): void {
    this.#add({ kind: "ended", node, end }, () => {});
  }

  close(): void {
    this.isClosed = true;
    this.#changed.notify();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TriggerEvent, void, void> {
    while (true) {
      for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
        yield next.event;
        next.taken();
      }
      if (this.isClosed) return;
      await this.#changed.wait();
    }
  }

  #add(event: TriggerEvent, taken: () => void): void {
    this.#waiting.push({ event, taken });
    this.#changed.notify();
  }
}
