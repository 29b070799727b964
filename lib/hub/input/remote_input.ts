/**
 * Requests the standard input of a job block by block from the operator's program. After a lost
 * connection it requests the missing blocks again over the next one.
 * @module
 */
import { raceAbort } from "../../base/async.ts";
import type { InputBlock } from "../../envelope/statements/input_block.ts";
import type { InputSource } from "../../protocol/job/job_spec.ts";
import type { InputKind } from "../../protocol/operator/calls.ts";
import type { HubReply } from "../../protocol/operator/replies.ts";

/** Sends a reply to the program that submitted the job. */
export type SendToSource = (answer: Extract<HubReply, { kind: "need" | "start" }>) => void;

/** The input of one job. */
export class RemoteInput implements InputSource {
  /** Whether any part can be read at any time. */
  readonly seekable: boolean;
  /** The rate limit for all hosts together, in bytes per second, from the operator's program. */
  bytesPerSecond: number | undefined;
  readonly startOf?: (node: string) => Promise<number>;
  readonly #needs = new Map<number, PromiseWithResolvers<InputBlock>>();
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
    for (const offset of this.#needs.keys()) say({ kind: "need", offset });
    for (const node of this.#starts.keys()) say({ kind: "start", node });
    return {
      [Symbol.dispose]: () => {
        if (this.#say === say) this.#say = undefined;
      },
    };
  }

  /** Reads a block. */
  async read(offset: number, signal: AbortSignal): Promise<InputBlock> {
    signal.throwIfAborted();
    const need = Promise.withResolvers<InputBlock>();
    this.#needs.set(offset, need);
    this.#say?.({ kind: "need", offset });
    try {
      return await raceAbort(need.promise, signal);
    } finally {
      this.#needs.delete(offset);
    }
  }

  /** Receives a block. */
  receiveBlock(block: InputBlock): void {
    this.#needs.get(block.offset)?.resolve(block);
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
