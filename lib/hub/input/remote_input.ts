/**
 * Requests the standard input of a job block by block from the operator's program. After a lost
 * connection it requests the missing blocks again over the next one.
 * @module
 */
import { raceAbort } from "../../base/async.ts";
import type { InputBlock, InputPosition } from "../../envelope/statements/input_block.ts";
import { positionKey } from "./input_feed.ts";
import type { InputSource } from "../../protocol/job/job_spec.ts";
import type { InputKind } from "../../protocol/operator/calls.ts";
import type { HubReply } from "../../protocol/operator/replies.ts";

/** Sends a reply to the program that submitted the job. */
export type SendToSource = (answer: Extract<HubReply, { kind: "need" | "start" }>) => void;

/** A block that the operator's program was asked for. */
interface NeededBlock {
  readonly position: InputPosition;
  readonly resolve: (block: InputBlock) => void;
}

/** The input of one job. */
export class RemoteInput implements InputSource {
  /** Whether any part can be read at any time; after a restart of the hub, as the program says. */
  seekable: boolean;
  /** The rate limit for all hosts together, in bytes per second, from the operator's program. */
  bytesPerSecond: number | undefined;
  readonly startOf?: (node: string) => Promise<number>;
  readonly #needs = new Map<string, NeededBlock>();
  readonly #starts = new Map<string, PromiseWithResolvers<number>>();
  #say: SendToSource | undefined;

  /** Creates an input of this `kind`, to be requested once a program is attached. */
  constructor(kind: InputKind, bytesPerSecond?: number) {
    this.bytesPerSecond = bytesPerSecond;
    this.seekable = kind !== "stream";
    if (kind === "parts") this.startOf = (node) => this.#ask(node);
  }

  /** Requests blocks with `say`, including the outstanding ones, until disposed of. */
  attach(say: SendToSource): Disposable {
    this.#say = say;
    for (const { position } of this.#needs.values()) say({ kind: "need", ...position });
    for (const node of this.#starts.keys()) say({ kind: "start", node });
    return {
      [Symbol.dispose]: () => {
        if (this.#say === say) this.#say = undefined;
      },
    };
  }

  /** Reads a block. */
  async read({ start, offset }: InputPosition, signal: AbortSignal): Promise<InputBlock> {
    signal.throwIfAborted();
    const position = { start, offset };
    const { promise, resolve } = Promise.withResolvers<InputBlock>();
    this.#needs.set(positionKey(position), { position, resolve });
    this.#say?.({ kind: "need", ...position });
    try {
      return await raceAbort(promise, signal);
    } finally {
      this.#needs.delete(positionKey(position));
    }
  }

  /** Receives a block. */
  receiveBlock(block: InputBlock): void {
    this.#needs.get(positionKey(block))?.resolve(block);
  }

  /** Receives the start offset of a host. */
  receiveStart(node: string, offset: number): void {
    this.#starts.get(node)?.resolve(offset);
  }

  #ask(node: string): Promise<number> {
    const known = this.#starts.get(node);
    if (known) return known.promise;
    const start = Promise.withResolvers<number>();
    this.#starts.set(node, start);
    this.#say?.({ kind: "start", node });
    return start.promise;
  }
}
