/**
 * A ping over a hub that runs by itself. Imports `envelope` and `hub` types.
 * @module
 */
import { EnvelopeError } from "../envelope/errors.ts";
import type { Answer, PongAnswer } from "../hub/operator/answers.ts";
import type { Pins } from "../hub/roster.ts";
import { QueueError } from "./errors.ts";
import { nodesAsks } from "./nodes_asks.ts";
import { type OperatorLink, refusal } from "./operator_link.ts";
import { knownKey } from "./proven_result.ts";
import type { QueuePing, QueuePingSink } from "./queue.ts";

/** What is asked of whom. */
export interface RemotePingOptions {
  /** What hosts must sign. */
  readonly nonce: string;
  /** Receives what they answer. */
  readonly sink: QueuePingSink;
  /** Their names. */
  readonly nodes: readonly string[];
  /** Which key belongs to which agent. */
  readonly pins: Pick<Pins, "get">;
}

/** Begins to ask. */
export function remotePing(
  link: OperatorLink,
  { nonce, sink, nodes, pins }: RemotePingOptions,
): QueuePing {
  const { promise: over, resolve, reject } = Promise.withResolvers<void>();
  over.catch(() => {});
  link.ended.then(() => reject(new QueueError("the hub has closed the connection")));
  const take = (answer: Answer) => {
    if (answer.kind === "pong") handOver(answer, { sink, pins });
    else if (answer.kind === "absent") sink.absent(answer.name);
    else if (answer.kind === "done") resolve();
    else if (answer.kind === "failed") reject(refusal(answer));
  };
  const asks = [...nodesAsks(nodes), { kind: "ping", nonce } as const];
  const conversation = link.converse(asks, take);
  return { over, [Symbol.dispose]: () => conversation[Symbol.dispose]() };
}

/** Of a key that nobody may use nothing is believed: such a host does not answer. */
function handOver(
  { name, key, envelope }: PongAnswer,
  { sink, pins }: Pick<RemotePingOptions, "sink" | "pins">,
): void {
  try {
    sink.pong(name, Uint8Array.fromBase64(envelope), knownKey(name, key, pins));
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error;
  }
}
